// How a job's built-in operations fold its pairs on their way to the result.
#pragma once

#include "stages/job/job.hpp"
#include "stages/pairs/fold.hpp"

#include <optional>

namespace af {

// A reduce that is built in takes parts, made of all values of a key from the first on; so does a combiner of the same
// operation, which has nothing left to do then. None: the reduce is not built in, or a combiner of another operation
// has to see each object by itself.
std::optional<FoldStages> folded_in_parts(const Job& job);

// Of the values that one object has for a key. None: folded in parts, no combiner, or the user's own.
std::optional<FoldOperation> combine_fold(const Job& job);

// None: map-only, or the user's own.
std::optional<FoldOperation> reduce_fold(const Job& job);

}  // namespace af
