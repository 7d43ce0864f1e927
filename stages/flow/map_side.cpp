#include "stages/flow/map_side.hpp"

#include "engine/width_control.hpp"
#include "stages/combine.hpp"
#include "stages/decompress.hpp"
#include "stages/fetch.hpp"
#include "stages/flow/user_code.hpp"
#include "stages/gather.hpp"
#include "stages/map_batches.hpp"
#include "stages/map_builtin.hpp"
#include "stages/map_files.hpp"
#include "stages/map_streams.hpp"
#include "stages/record_index.hpp"
#include "stages/split_records.hpp"
#include "stages/split_streams.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <optional>
#include <unordered_set>

namespace af {
namespace {

Task<void> give_objects(Ports<void, ObjectPtr> io, const std::vector<ObjectPtr>& objects) {
    for (const ObjectPtr& object : objects) co_await io.out.put(object);
}

// Each worker that copies it gets an indexer of its own, built when it is first used.
class IndexBuilder {
public:
    explicit IndexBuilder(JsonPlace place) : place_(place) {}
    IndexBuilder(const IndexBuilder& from) : place_(from.place_) {}
    std::string operator()(const Batch& batch, JsonNoted noted) {
        if (!indexer_) indexer_.emplace(place_);
        return indexer_->build(batch.lines.view(), noted, batch.line_ends).words;
    }

private:
    JsonPlace place_;
    std::optional<RecordIndexer> indexer_;
};

RecordFormat format_of(const Job& job) {
    return job.map.input == MapInput::records ? job.records.format : RecordFormat::lines;
}

MapOptions map_options(const Job& job, const Mappers& mappers, Executor net) {
    MapOptions options;
    options.net = std::move(net);
    if (mappers.lazy()) {
        options.index_builder =
            IndexBuilder(job.records.format == RecordFormat::uuid_json ? JsonPlace::after_tab : JsonPlace::line);
    }
    return options;
}

BinaryMapOptions binary_options(const Job& job, const Services& services) {
    BinaryMapOptions options;
    options.net = services.runtime.net().executor;
    options.process = process_for(job.map.code, "map", {}, job.map.timeout, services);
    options.allow_early_exit = job.map.allow_early_exit;
    return options;
}

CombineOptions combine_options(const Job& job, const Services& services) {
    CombineOptions options;
    options.net = services.runtime.net().executor;
    options.reducer.process = process_for(*job.combine->code, "reduce", {}, job.map.timeout, services);
    options.reducer.is_feeder = has_feeder(*job.combine->code);
    options.scratch = services.scratch;
    return options;
}

DecompressOptions decompress_options(const Job& job, const Widths& widths, const Services& services) {
    DecompressOptions options;
    switch (job.map.decompress) {
        case Decompress::automatic: options.limits.mode = DecompressMode::automatic; break;
        case Decompress::yes: options.limits.mode = DecompressMode::always; break;
        case Decompress::no: options.limits.mode = DecompressMode::never; break;
    }
    options.limits.decoder_memory_bytes = widths.decoder_bytes;
    options.on_warning = [warn = services.warn](const ObjectRef& object, const std::string& text) {
        if (warn) warn(escaped(object.name) + ": " + text);
    };
    return options;
}

SegmentOptions segment_options(const Widths& widths, const InflateLimits& limits) {
    SegmentOptions options;
    options.min_stored_bytes = widths.cut_from_bytes;
    options.ahead_bytes = widths.ahead_bytes;
    options.sizes.most = widths.ahead_bytes / 2;
    options.ranges = std::min(widths.fetch, widths.decoders + 2);
    options.max_inflated_bytes = limits.max_inflated_bytes;
    options.max_ratio = limits.max_ratio;
    return options;
}

// The flow from whole records to map output, by what the user's code takes.
Flow<MapItem> mapped(Flow<Inflated> inflated, const MapSide& side, const Services& services, BlockPool& raw_blocks,
                     BuiltinShared& builtin, MapperWidth& width) {
    const Job& job = side.job;
    const Place net = services.runtime.net();
    const Place cpu = services.runtime.cpu();
    const Lane split{.on = cpu, .workers = side.widths.splitters, .buffer = {.items = 4, .bytes = 4 << 20}};
    const Lane map{.on = cpu, .workers = side.widths.mappers, .buffer = {.items = 32, .bytes = 16 << 20}};
    if (job.map.input == MapInput::files) {
        MapFilesOptions options{.scratch_dir = services.scratch.string(), .binary = binary_options(job, services)};
        return std::move(inflated).then("map", map, map_files, options, side.mappers.feeders());
    }
    if (job.map.code.language == Language::binary) {
        SplitStreamsOptions options;
        options.limits.max_record_bytes = job.records.max_bytes;
        return std::move(inflated)
            .then("split", {.on = cpu, .workers = side.widths.splitters, .buffer = {.items = 1}}, split_streams,
                  options, raw_blocks)
            .then("map", map, map_streams, binary_options(job, services));
    }
    SplitOptions options;
    options.limits.max_record_bytes = job.records.max_bytes;
    auto records = std::move(inflated).then("split", split, split_records, options, raw_blocks);
    if (job.map.builtin) {
        BuiltinMapOptions asked{.map = *job.map.builtin, .format = job.records.format, .combine = map_combines(job)};
        return std::move(records).then("map", map, map_builtin, asked, builtin);
    }
    return std::move(records).then("map", map, map_batches, map_options(job, side.mappers, net.executor),
                                   *side.mappers.feeders(), width);
}

// One pass over side.objects.
MapReport run_pass(std::string name, MapSide& side, const Services& services, BuiltinShared& builtin) {
    const Place net = services.runtime.net();
    const Place cpu = services.runtime.cpu();
    const Widths& widths = side.widths;
    BlockPool raw_blocks(kRawBlockBytes, kRawHeadroomBytes, side.mappers.memory());
    SpoolBudget spools;
    spools.limit_bytes = widths.spool_bytes;
    spools.scratch = services.scratch;
    WidthBounds bounds{.min = std::min(2u, widths.fetch), .max = widths.fetch, .start = std::min(8u, widths.fetch)};
    if (widths.fetch_fixed) bounds.min = bounds.start = bounds.max;
    WidthControl width(services.clock, bounds, &services.brake);
    const DecompressOptions decompress_with = decompress_options(side.job, widths, services);
    const FetchOptions fetch_options{
        .retrier = {services.clock, seeded_random(), object_policy(), &services.brake},
        .width = &width,
        .pieces = {.items = 2 * widths.depth, .bytes = widths.depth * kStoredBlockBytes},
        .segments = segment_options(widths, decompress_with.limits),
    };

    MapperWidth mapper_width(services.clock, widths.mappers, widths.most_mappers);
    Pipeline pipeline(std::move(name));
    auto inflated = pipeline.from("list", {.on = net, .buffer = {.items = 1}}, give_objects, side.objects)
                        .then("fetch", {.on = net, .workers = widths.fetch, .buffer = {.items = 1}}, fetch,
                              fetch_options, services.store)
                        .then("decompress", {.on = cpu, .workers = widths.decoders, .buffer = {.items = 1}}, decompress,
                              decompress_with, raw_blocks);
    auto whole = mapped(std::move(inflated), side, services, raw_blocks, builtin, mapper_width)
                     .then("gather", {.on = cpu, .buffer = {.items = 2}}, gather, spools, side.ledger);
    if (side.job.combine && side.job.combine->code) {
        whole =
            std::move(whole).then("combine", {.on = cpu, .workers = widths.collectors, .buffer = {.items = 1}}, combine,
                                  combine_options(side.job, services), spools, services.blocks, side.ledger);
    }
    if (auto* folded = std::get_if<FoldedPairs*>(&side.target)) {
        std::move(whole).into("fold", {.on = cpu, .workers = widths.collectors}, collect_folds, **folded);
    } else if (auto* sorted = std::get_if<SortedPairs*>(&side.target)) {
        std::move(whole).into("sort", {.on = cpu, .workers = widths.collectors}, collect_pairs, **sorted);
    } else {
        std::move(whole).into("keep", {.on = cpu}, collect_lines, *std::get<LineStore*>(side.target));
    }
    Report report = services.control.run(pipeline);
    side.mappers.end();
    return {std::move(report.stages), {width.width(), widths.decoders, mapper_width.processes()}};
}

void warn_of(const std::vector<Ledger::Damaged>& damaged, const Services& services) {
    constexpr std::size_t kShown = 5;
    if (!services.warn) return;
    for (std::size_t i = 0; i < std::min(kShown, damaged.size()); ++i) {
        services.warn(fmt::format("read once more: {}: {}", escaped(damaged[i].object->name), escaped(damaged[i].why)));
    }
    if (damaged.size() > kShown)
        services.warn(fmt::format("and {} more objects, too; the manifest lists them all", damaged.size() - kShown));
}

void add_stages(std::vector<StageReport>& sums, const std::vector<StageReport>& more) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
        sums[i].items_in += more.at(i).items_in;
        sums[i].items_out += more[i].items_out;
        sums[i].bytes_in += more[i].bytes_in;
        sums[i].bytes_out += more[i].bytes_out;
        sums[i].failed += more[i].failed;
        sums[i].starved += more[i].starved;
        sums[i].blocked += more[i].blocked;
        sums[i].busy += more[i].busy;
    }
}

}  // namespace

Task<Mappers> Mappers::start(const Job& job, const Widths& widths, bool lazy, const Services& services) {
    Mappers mappers;
    if (!has_feeder(job.map.code)) co_return std::move(mappers);
    const RecordFormat format = format_of(job);
    const bool json = format == RecordFormat::uuid_json || format == RecordFormat::json_lines;
    const Language language = job.map.code.language;
    const bool ask_lazy = lazy && json && (language == Language::python || language == Language::javascript);
    std::vector<std::string> options{"--format", std::string(word_of(format))};
    if (ask_lazy) options.push_back("--lazy");
    if (job.map.input == MapInput::records) mappers.memory_ = SharedMemory::create();
    if (mappers.memory_) {
        options.push_back("--memory");
        options.push_back(std::to_string(mappers.memory_->bytes()));
    }
    ProcessSpec spec = process_for(job.map.code, "map", std::move(options), job.map.timeout, services);
    spec.shared_memory = mappers.memory_;
    const Executor network = services.runtime.net().executor;
    const std::stop_token stop = services.control.token();
    mappers.feeders_ = co_await FeederPool::start(network, std::move(spec), widths.mappers, stop);
    mappers.lazy_ = ask_lazy && mappers.feeders_->ready().lazy;
    if (!mappers.feeders_->ready().memory) mappers.memory_.reset();
    co_return std::move(mappers);
}

MapReport run_map_side(MapSide side, const Services& services) {
    const bool lazy = side.mappers.lazy();
    BuiltinShared builtin;
    MapReport report = run_pass("map", side, services, builtin);
    const std::vector<Ledger::Damaged> damaged = side.ledger.take_damaged(side.allowed_lost);
    if (!damaged.empty()) {
        warn_of(damaged, services);
        std::unordered_set<std::uint32_t> again;
        for (const Ledger::Damaged& object : damaged) again.insert(object.object->ordinal);
        std::erase_if(side.objects, [&again](const ObjectPtr& object) { return !again.contains(object->ordinal); });
        side.mappers = services.runtime.block_on(Mappers::start(side.job, side.widths, lazy, services));
        add_stages(report.stages, run_pass("map again", side, services, builtin).stages);
    }
    if (const std::string never = builtin.sightings.never_found(); services.warn && !never.empty())
        services.warn("the builtin map never found " + never);
    return report;
}

}  // namespace af
