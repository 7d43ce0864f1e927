#include "cli/job_overrides.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <charconv>
#include <string_view>

namespace af {
namespace {

BadLimit parse_limit(std::string_view text) {
    const bool share = text.ends_with('%');
    const std::string_view digits = share ? text.substr(0, text.size() - 1) : text;
    const char* end = digits.data() + digits.size();
    if (share) {
        double percent = 0;
        const auto parsed = std::from_chars(digits.data(), end, percent);
        if (parsed.ec == std::errc() && parsed.ptr == end && percent >= 0 && percent <= 100)
            return {.count = {}, .share = percent / 100};
    } else {
        std::uint64_t count = 0;
        const auto parsed = std::from_chars(digits.data(), end, count);
        if (parsed.ec == std::errc() && parsed.ptr == end) return {.count = count, .share = {}};
    }
    throw Error(ErrorKind::usage, fmt::format("--max-bad {}: not a count or a share", text)).hint("write 10 or 0.1%");
}

}  // namespace

void apply_overrides(Job& job, const RunOptions& options) {
    if (options.map_only) {
        job.reduce.reset();
        job.combine.reset();
    }
    if (options.reducers > 0) job.reducers = options.reducers;
    if (!options.max_bad.empty()) job.records.max_bad = parse_limit(options.max_bad);
    if (!options.on_bad.empty()) job.records.on_bad = options.on_bad == "fail" ? OnBad::fail : OnBad::skip;
}

}  // namespace af
