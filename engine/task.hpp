// Task<T>: a coroutine that runs on the executor it was spawned on and yields a T. The only name stages need of Asio.
//
// GCC 12.2 miscompiles an aggregate or a capturing lambda built inside a co_await expression, and co_await inside ?:.
// So: name every argument first, one co_await per statement, coroutines are free or member functions, never lambdas
// with captures.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

namespace af {

using Executor = asio::any_io_executor;

template <class T>
using Task = asio::awaitable<T, Executor>;

}  // namespace af
