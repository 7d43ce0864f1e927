#include "stages/flow/bottleneck.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

double alive(const StageReport& stage) {
    return std::chrono::duration<double>(stage.busy + stage.starved + stage.blocked).count();
}

double share_busy(const StageReport& stage) {
    return alive(stage) <= 0 ? 0 : std::chrono::duration<double>(stage.busy).count() / alive(stage);
}

// Stages of the reduce side live after those of the map side: one that was there for a moment bounds nothing.
double weight(const StageReport& stage) {
    return stage.workers == 0 ? 0 : share_busy(stage) * alive(stage) / stage.workers;
}

const StageReport* find(const std::vector<StageReport>& stages, std::string_view name) {
    const auto found = std::find_if(stages.begin(), stages.end(), [&](const StageReport& s) { return s.name == name; });
    return found == stages.end() ? nullptr : &*found;
}

std::string processors_text(const LoadSample& sample, double used_share) {
    const StageReport* decompress = find(sample.stages, "decompress");
    const double decoding = decompress ? std::chrono::duration<double>(decompress->busy).count() : 0;
    const bool map_leads = sample.children_cpu_seconds > sample.own_cpu_seconds;
    const double children = 100 * sample.children_cpu_seconds / (sample.children_cpu_seconds + sample.own_cpu_seconds);
    return fmt::format(
        "bounded by the processors ({:.0f}% of {} in use): {:.0f}% of that went to the user's functions, {:.0f}% to "
        "{}; {} is what to speed up",
        100 * used_share, sample.processors, children, 100 - children,
        decoding > 0 ? "decompressing and the rest" : "reading and the rest",
        map_leads ? "the map function" : "decompression");
}

// Processes that sleep while they have work wait for something else than a processor: a service, a disk, a lock.
bool function_waits(const LoadSample& sample, const StageReport& busiest, double used_share) {
    const double processes = sample.seconds * busiest.workers;
    return busiest.name == "map" && sample.children_cpu_seconds > 0 && used_share < 0.5 &&
           sample.children_cpu_seconds < 0.5 * processes;
}

}  // namespace

std::string bottleneck_text(const LoadSample& sample) {
    const double cpu = sample.own_cpu_seconds + sample.children_cpu_seconds;
    // Processes that were started before the clock count as if they had been started after it: at most all is used.
    const double used_share = sample.seconds <= 0 ? 0 : std::min(1.0, cpu / (sample.seconds * sample.processors));
    if (used_share >= 0.85) return processors_text(sample, used_share);
    const StageReport* busiest = nullptr;
    for (const StageReport& stage : sample.stages) {
        if (!busiest || weight(stage) > weight(*busiest)) busiest = &stage;
    }
    if (!busiest) return "nothing to do";
    const std::string hint =
        function_waits(sample, *busiest, used_share)
            ? fmt::format("; the map function mostly waits for something: --workers {} may be faster",
                          4 * busiest->workers)
            : "";
    return fmt::format(
        "bounded by {}: its {} worker{} {} busy {:.0f}% of the time; the processors were {:.0f}% in use{}",
        busiest->name, busiest->workers, busiest->workers == 1 ? "" : "s", busiest->workers == 1 ? "was" : "were",
        100 * share_busy(*busiest), 100 * used_share, hint);
}

}  // namespace af
