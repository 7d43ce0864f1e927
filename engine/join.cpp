#include "engine/join.hpp"

#include "engine/wait_list.hpp"

#include <asio/co_spawn.hpp>
#include <asio/this_coro.hpp>
#include <exception>
#include <mutex>

namespace af {
namespace {

struct Joined {
    std::mutex mutex;
    WaitList waiting;
    std::size_t left = 0;
    std::exception_ptr first;
};

}  // namespace

Task<void> join(std::vector<Task<void>> tasks) {
    Executor executor = co_await asio::this_coro::executor;
    auto joined = std::make_shared<Joined>();
    joined->left = tasks.size();
    for (Task<void>& task : tasks) {
        asio::co_spawn(executor, std::move(task), [joined](std::exception_ptr error) {
            std::lock_guard lock(joined->mutex);
            if (error && !joined->first) joined->first = error;
            if (--joined->left == 0) joined->waiting.wake_all();
        });
    }
    for (;;) {
        {
            std::lock_guard lock(joined->mutex);
            if (joined->left == 0) break;
        }
        auto ready = [raw = joined.get()] { return raw->left == 0; };
        co_await sleep_unless(joined->mutex, joined->waiting, ready);
    }
    if (joined->first) std::rethrow_exception(joined->first);
}

}  // namespace af
