#include "cli/progress.hpp"

#include "stages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

double seconds_left(const ProgressSample& sample) {
    if (sample.bytes == 0 || sample.bytes_per_second <= 0 || sample.bytes_read > sample.bytes) return -1;
    return static_cast<double>(sample.bytes - sample.bytes_read) / sample.bytes_per_second;
}

}  // namespace

std::string progress_text(const ProgressSample& sample) {
    std::string text = fmt::format("{} of {}, {}", count_text(sample.objects_done), plural(sample.objects, "object"),
                                   size_text(sample.bytes_read));
    if (sample.bytes > 0) text += " of " + size_text(sample.bytes);
    text += fmt::format(", {}/s", size_text(static_cast<std::uint64_t>(sample.bytes_per_second)));
    const double left = seconds_left(sample);
    if (left >= 0) text += fmt::format(", {} left", duration_text(left));
    if (!sample.busiest.empty()) text += ", bounded by " + sample.busiest;
    return text;
}

std::string progress_json(const ProgressSample& sample) {
    nlohmann::ordered_json json{{"type", "progress"},
                                {"seconds", sample.seconds},
                                {"objects_done", sample.objects_done},
                                {"objects", sample.objects},
                                {"bytes_read", sample.bytes_read},
                                {"bytes", sample.bytes},
                                {"records", sample.records},
                                {"bytes_per_second", sample.bytes_per_second},
                                {"bounded_by", sample.busiest}};
    const double left = seconds_left(sample);
    if (left >= 0) json["seconds_left"] = left;
    return json.dump();
}

double Rate::update(double seconds, std::uint64_t total) {
    constexpr double kMemorySeconds = 3;
    const double passed = seconds - last_seconds_;
    if (begun_ && passed <= 0) return rate_;
    const double now = static_cast<double>(total - last_total_) / std::max(passed, 1e-9);
    const double weight = begun_ ? std::min(1.0, passed / kMemorySeconds) : 1.0;
    rate_ += weight * (now - rate_);
    last_seconds_ = seconds;
    last_total_ = total;
    begun_ = true;
    return rate_;
}

std::string Busiest::update(const Report& report) {
    std::string name;
    double most = 0;
    for (std::size_t i = 0; i < report.stages.size(); ++i) {
        const StageReport& now = report.stages[i];
        StageReport before;
        if (i < last_.stages.size()) before = last_.stages[i];
        const auto busy = static_cast<double>((now.busy - before.busy).count());
        const auto waited = static_cast<double>((now.starved - before.starved + now.blocked - before.blocked).count());
        const double share = busy + waited <= 0 ? 0 : busy / (busy + waited);
        if (share > most) {
            most = share;
            name = now.name;
        }
    }
    last_ = report;
    return name;
}

}  // namespace af
