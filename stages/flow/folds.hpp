// Which built-in operations a job's combiner and reducer really run: a combiner hands on parts, and the reducer takes
// them.
#pragma once

#include "stages/job/job.hpp"
#include "stages/pairs/fold.hpp"

#include <optional>

namespace af {

std::optional<FoldOperation> combine_fold(const Job& job);  // none: no combiner, or the user's own
std::optional<FoldOperation> reduce_fold(const Job& job);   // none: map-only, or the user's own

}  // namespace af
