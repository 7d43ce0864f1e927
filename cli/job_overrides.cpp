#include "cli/job_overrides.hpp"

#include "engine/error.hpp"
#include "stages/job/load_job.hpp"

#include <fmt/format.h>
#include <string_view>

namespace af {
namespace {

BadLimit limit_of(std::string_view text) {
    if (const auto limit = parse_bad_limit(text)) return *limit;
    throw Error(ErrorKind::usage, fmt::format("--max-bad {}: not a count or a share", text)).hint("write 10 or 0.1%");
}

}  // namespace

void apply_overrides(Job& job, const RunOptions& options) {
    if (options.map_only) {
        job.reduce.reset();
        job.combine.reset();
    }
    if (options.reducers > 0) job.reducers = options.reducers;
    if (!options.max_bad.empty()) job.records.max_bad = limit_of(options.max_bad);
    if (options.max_line > 0) job.records.max_bytes = options.max_line;
    if (!options.on_bad.empty()) job.records.on_bad = options.on_bad == "fail" ? OnBad::fail : OnBad::skip;
}

}  // namespace af
