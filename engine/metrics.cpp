#include "engine/metrics.hpp"

#include <algorithm>

namespace af {

StageReport snapshot(const StageMetrics& metrics, std::chrono::nanoseconds elapsed) {
    StageReport report;
    report.name = metrics.name;
    report.workers = metrics.workers;
    report.items_in = metrics.items_in;
    report.items_out = metrics.items_out;
    report.bytes_in = metrics.bytes_in;
    report.bytes_out = metrics.bytes_out;
    report.failed = metrics.failed;
    report.starved = std::chrono::nanoseconds(metrics.starved_ns);
    report.blocked = std::chrono::nanoseconds(metrics.blocked_ns);
    const unsigned running = report.workers - std::min<unsigned>(metrics.ended, report.workers);
    const auto alive = std::chrono::nanoseconds(metrics.alive_ns) + elapsed * running;
    report.busy = std::max(std::chrono::nanoseconds(0), alive - report.starved - report.blocked);
    return report;
}

}  // namespace af
