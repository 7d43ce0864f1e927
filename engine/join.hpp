// join(): runs several tasks side by side on the caller's executor and returns when all have ended. The first exception
// is rethrown then; the others must end by themselves (their channels close), so nothing outlives the caller.
#pragma once

#include "engine/task.hpp"

#include <vector>

namespace af {

Task<void> join(std::vector<Task<void>> tasks);

}  // namespace af
