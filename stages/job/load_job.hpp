// analysis-tools.yml -> Job.
//
// Full form     map, combine, reduce, records, reducers (design.md 4). No reduce: map-only.
// Form of 2014  language, script, arguments, decompress at the top: python maps with `script` (mapper.py) and reduces
//               with the reducer.py beside it; javascript and binary use the one script for both.
// Bounds        at most 64 KiB, 10 000 values; no anchors, aliases or tags; no key twice.
// Scripts       relative to the folder of the file and inside it; they must exist, and a binary must be executable.
// Combiners     an operation that would give another answer on partial results is refused. `count` and `mean` before
//               the same operation are allowed: whoever runs them hands partial results on (numbers added; sums with
//               numbers).
// Errors        Error(config), "FILE:LINE: what is wrong"; refused when the file cannot be read.
#pragma once

#include "stages/job/job.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace af {

// `path`: the file, or the folder that holds analysis-tools.yml. Blocks.
Job load_job(const std::filesystem::path& path);

// "0.1%" is a share, "20" a count; nullopt when it is neither.
std::optional<BadLimit> parse_bad_limit(std::string_view text);

// `text` as if it stood in `file`, which names the job in messages and whose folder holds the scripts.
Job parse_job(std::string_view text, const std::filesystem::path& file);

}  // namespace af
