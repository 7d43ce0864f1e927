// Runs a coroutine to its end on a loop of its own, on this thread.
#pragma once

#include "engine/task.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>

namespace af::test {

template <class T>
T run_task(asio::io_context& loop, Task<T> task) {
    std::exception_ptr failed;
    bool ended = false;
    std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value;
    if constexpr (std::is_void_v<T>) {
        asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error) {
            failed = error;
            ended = true;
        });
    } else {
        asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T result) {
            failed = error;
            ended = true;
            if (!error) value.emplace(std::move(result));
        });
    }
    loop.restart();
    loop.run();
    if (!ended) throw std::logic_error("the coroutine sleeps for ever");
    if (failed) std::rethrow_exception(failed);
    if constexpr (!std::is_void_v<T>) return std::move(*value);
}
template <class T>
T run_task(Task<T> task) {
    asio::io_context loop(1);
    return run_task(loop, std::move(task));
}

}  // namespace af::test
