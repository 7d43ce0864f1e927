// run_on(): runs a task on another executor and comes back to the caller's when it has ended, with its exception if
// any.
#pragma once

#include "engine/task.hpp"

#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>

namespace af {

template <class T>
Task<T> run_on(Executor executor, Task<T> task) {
    co_return co_await asio::co_spawn(executor, std::move(task), asio::use_awaitable);
}

}  // namespace af
