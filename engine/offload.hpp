// offload(): runs a function that blocks or computes on another place, and resumes the caller on its own executor.
#pragma once

#include "engine/stage.hpp"
#include "engine/task.hpp"

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace af {

// Returns what `work` returns, or rethrows what it throws. `work` runs once, on any thread of `place`; what it refers
// to must live until then, which everything in the calling coroutine's frame does. Costs two crossings of threads.
template <class T>
Task<T> offload(Place place, std::function<T()> work) {
    static_assert(!std::is_void_v<T>, "return something, e.g. true");
    std::optional<T> value;
    std::exception_ptr error;
    auto initiation = [](auto handler, Executor there, std::function<T()>* function, std::optional<T>* result,
                         std::exception_ptr* thrown) {
        asio::post(there, [handler = std::move(handler), function, result, thrown]() mutable {
            try {
                result->emplace((*function)());
            } catch (...) {
                *thrown = std::current_exception();
            }
            auto home = asio::get_associated_executor(handler);
            asio::post(home, std::move(handler));
        });
    };
    std::function<T()>* function = &work;
    std::optional<T>* result = &value;
    std::exception_ptr* thrown = &error;
    Executor there = place.executor;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiation, asio::use_awaitable, there,
                                                                         function, result, thrown);
    if (error) std::rethrow_exception(error);
    co_return std::move(*value);
}

}  // namespace af
