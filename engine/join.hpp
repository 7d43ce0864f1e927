// join(): runs several tasks side by side on the caller's executor and returns when all have ended. The first exception
// is rethrown then; the others must end by themselves (their channels close), so nothing outlives the caller.
#pragma once

#include "engine/task.hpp"

#include <utility>
#include <vector>

namespace af {

Task<void> join(std::vector<Task<void>> tasks);

// What `task` returns, put in `place`, which must outlive it: for a join of tasks that return something.
template <class T>
Task<void> into(Task<T> task, T& place) {
    place = co_await std::move(task);
}

}  // namespace af
