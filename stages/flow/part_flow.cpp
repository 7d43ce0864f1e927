#include "stages/flow/part_flow.hpp"

#include "engine/width_control.hpp"
#include "stages/decompress.hpp"
#include "stages/fetch.hpp"
#include "stages/flow/widths.hpp"
#include "stages/parts/part_lines.hpp"
#include "stages/write_result.hpp"

#include <algorithm>
#include <limits>

namespace af {
namespace {

constexpr unsigned kAskWidth = 32;
constexpr unsigned kFetchWidth = 16;
constexpr unsigned kDepth = 4;

Task<void> give_tasks(Ports<void, TaskPlace> io, const std::vector<std::string>& task_ids) {
    for (std::uint32_t place = 0; place < task_ids.size(); ++place) {
        TaskPlace task{task_ids[place], place};
        co_await io.out.put(std::move(task));
    }
}

Task<void> keep_found(Ports<FoundTask, void> io, std::vector<FoundTask>& found) {
    while (auto task = co_await io.in.next()) {
        const std::uint32_t place = task->place;
        found.at(place) = std::move(*task);
    }
}

Task<void> give_parts(Ports<void, ObjectPtr> io, const std::vector<ObjectPtr>& parts) {
    for (const ObjectPtr& part : parts) co_await io.out.put(part);
}

unsigned at_most(std::size_t items, unsigned width) {
    return static_cast<unsigned>(std::clamp<std::size_t>(items, 1, width));
}

// Parts are another task's output and verified as a whole: how much they grow is for the disk to bound.
DecompressOptions part_options() {
    DecompressOptions options;
    options.limits.mode = DecompressMode::always;
    options.limits.max_inflated_bytes = std::numeric_limits<std::uint64_t>::max();
    return options;
}

void take_once(const std::vector<ObjectPtr>& parts, PartTarget& target, const Services& services,
               std::vector<StageReport>& stages) {
    const Place net = services.runtime.net();
    const Place cpu = services.runtime.cpu();
    const unsigned fetchers = at_most(parts.size(), kFetchWidth);
    const unsigned decoders = at_most(parts.size(), services.runtime.cpu_threads());
    BlockPool raw_blocks(kRawBlockBytes, kRawHeadroomBytes);
    WidthBounds bounds{.min = std::min(2u, fetchers), .max = fetchers, .start = std::min(8u, fetchers)};
    WidthControl width(services.clock, bounds, &services.brake);
    const FetchOptions fetch_options{
        .retrier = {services.clock, seeded_random(), object_policy(), &services.brake},
        .width = &width,
        .pieces = {.items = 2 * kDepth, .bytes = kDepth * kStoredBlockBytes},
    };
    Pipeline pipeline("parts");
    pipeline.from("list", {.on = net, .buffer = {.items = 1}}, give_parts, parts)
        .then("fetch", {.on = net, .workers = fetchers, .buffer = {.items = 1}}, fetch, fetch_options, services.store)
        .then("decompress", {.on = cpu, .workers = decoders, .buffer = {.items = 1}}, decompress, part_options(),
              raw_blocks)
        .into("collect", {.on = cpu, .workers = decoders}, collect_parts, target);
    const Report report = services.control.run(pipeline);
    stages.insert(stages.end(), report.stages.begin(), report.stages.end());
}

}  // namespace

std::vector<FoundTask> find_task_parts(const std::vector<std::string>& task_ids, FindOptions options,
                                       const Services& services) {
    const Place net = services.runtime.net();
    std::vector<FoundTask> found(task_ids.size());
    Pipeline pipeline("tasks");
    pipeline.from("list", {.on = net}, give_tasks, task_ids)
        .then("find", {.on = net, .workers = at_most(task_ids.size(), kAskWidth)}, find_parts, options)
        .into("keep", {.on = net}, keep_found, found);
    services.control.run(pipeline);
    return found;
}

std::vector<LostPart> take_parts(const std::vector<ObjectPtr>& parts, PartTarget& target, const Services& services,
                                 std::vector<StageReport>& stages) {
    take_once(parts, target, services, stages);
    std::vector<LostPart> lost;
    std::vector<ObjectPtr> again;
    for (LostPart& part : target.take_lost()) {
        if (part.why.kind() == ErrorKind::corrupt) {
            again.push_back(part.part);
        } else {
            lost.push_back(std::move(part));
        }
    }
    if (again.empty()) return lost;
    take_once(again, target, services, stages);
    for (LostPart& part : target.take_lost()) lost.push_back(std::move(part));
    return lost;
}

std::uint64_t write_part(PairStream& pairs, ResultFile& file, const Services& services,
                         std::vector<StageReport>& stages) {
    const Place cpu = services.runtime.cpu();
    std::uint64_t count = 0;
    Pipeline pipeline("part");
    pipeline.from("merge", {.on = cpu, .buffer = {.items = 4}}, part_lines, pairs, count, services.blocks)
        .into("write", {.on = cpu}, write_result, file);
    const Report report = services.control.run(pipeline);
    stages.insert(stages.end(), report.stages.begin(), report.stages.end());
    return count;
}

}  // namespace af
