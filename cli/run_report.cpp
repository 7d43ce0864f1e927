#include "cli/run_report.hpp"

#include "engine/file.hpp"
#include "engine/own_process.hpp"
#include "stages/flow/bottleneck.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr std::size_t kLostShown = 20;

std::string stage_line(const StageReport& stage) {
    const auto seconds = [](std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); };
    return fmt::format(
        "  {:<10} {:>3} wide {:>9} in {:>9} out   busy {:>7.2f} s  starved {:>7.2f} s  blocked {:>7.2f} s", stage.name,
        stage.workers, stage.items_in, stage.items_out, seconds(stage.busy), seconds(stage.starved),
        seconds(stage.blocked));
}

std::map<std::string, std::int64_t> all_counters(const RunFacts& facts, const Totals& totals) {
    auto counters = totals.counters;
    for (const auto& [name, count] : facts.reduce_counters) counters[name] += count;
    return counters;
}

}  // namespace

double RunReport::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

void RunReport::begin(const std::vector<ObjectPtr>& objects, unsigned processors) {
    begun_ = std::chrono::steady_clock::now();
    own_cpu_before_ = own_cpu_seconds();
    children_cpu_before_ = children_cpu_seconds();
    for (const ObjectPtr& object : objects) {
        if (object->size != kUnknownSize) bytes_ += object->size;
    }
    console_.say(fmt::format("{}, {}, on {}", plural(objects.size(), "object"), size_text(bytes_),
                             plural(processors, "processor")));
}

void RunReport::tick(const Report& report, const Ledger& ledger, const Session& session) {
    ProgressSample sample;
    const Totals totals = ledger.totals();
    sample.seconds = seconds();
    sample.objects_done = totals.objects_read + totals.objects_lost;
    sample.objects = totals.objects_asked;
    sample.bytes_read = session.bytes_read();
    sample.bytes = bytes_;
    sample.records = totals.records;
    sample.bytes_per_second = rate_.update(sample.seconds, sample.bytes_read);
    sample.busiest = busiest_.update(report);
    console_.progress(progress_text(sample));
    if (console_.options().json && sample.seconds >= next_event_) {
        next_event_ = sample.seconds + 1;
        console_.event(progress_json(sample));
    }
}

std::string RunReport::manifest(const RunFacts& facts, const Ledger& ledger) const {
    ManifestFacts manifest;
    manifest.program = "af " AF_VERSION;
    manifest.job_digest = facts.job_digest;
    manifest.totals = ledger.totals();
    manifest.objects = ledger.accounts();
    manifest.outputs = facts.outputs;
    manifest.bad_records_file = facts.bad_records_file;
    manifest.counters = all_counters(facts, manifest.totals);
    manifest.stages = facts.stages;
    manifest.seconds = seconds();
    manifest.failed = facts.failed;
    return manifest_text(manifest);
}

void RunReport::finish(const RunFacts& facts, const Ledger& ledger, unsigned processors) {
    console_.progress("");
    const Totals totals = ledger.totals();
    std::size_t shown = 0;
    for (const ObjectAccount& account : ledger.accounts()) {
        if (!account.lost) continue;
        if (++shown > kLostShown) break;
        console_.warn(fmt::format("lost: {}: {}", escaped(account.object->name), escaped(account.lost->what())));
    }
    if (totals.objects_lost > kLostShown) {
        console_.warn(
            fmt::format("and {} more; the manifest lists them all", count_text(totals.objects_lost - kLostShown)));
    }
    LoadSample load;
    load.stages = facts.stages;
    load.seconds = seconds();
    load.processors = processors;
    load.own_cpu_seconds = own_cpu_seconds() - own_cpu_before_;
    load.children_cpu_seconds = children_cpu_seconds() - children_cpu_before_;
    for (const StageReport& stage : facts.stages) console_.detail(stage_line(stage));
    for (const auto& [name, count] : all_counters(facts, totals)) {
        std::string shown_name = name;
        std::replace(shown_name.begin(), shown_name.end(), '\t', ':');
        console_.say(fmt::format("counter {}: {}", escaped(shown_name), count));
    }
    if (!facts.bad_records_file.empty()) console_.say("bad records: " + facts.bad_records_file);
    std::string coverage = coverage_text(totals);
    coverage.pop_back();
    if (!facts.failed || totals.objects_read > 0) console_.say(coverage);
    if (facts.failed || load.seconds <= 0) return;
    console_.say(fmt::format("{} in {}; {}; it settled at {}", size_text(totals.bytes_inflated),
                             duration_text(load.seconds), bottleneck_text(load), settled_text(facts.widths)));
    nlohmann::ordered_json event{{"type", "summary"},
                                 {"seconds", load.seconds},
                                 {"objects_read", totals.objects_read},
                                 {"objects_lost", totals.objects_lost},
                                 {"records", totals.records},
                                 {"bad", totals.bad},
                                 {"bytes_read", totals.bytes_stored},
                                 {"bytes_inflated", totals.bytes_inflated},
                                 {"bounded_by", bottleneck_text(load)},
                                 {"widths",
                                  {{"fetch", facts.widths.fetch},
                                   {"decoders", facts.widths.decoders},
                                   {"mappers", facts.widths.mappers}}}};
    console_.event(event.dump());
}

}  // namespace af
