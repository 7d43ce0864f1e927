// WaitList: coroutines asleep until someone changes the state that a mutex guards; what channel and latch are built on.
//
// Threads  every member is called with the owner's mutex held. wake_*() only posts to the sleeper's own executor, so it
//          never runs foreign code under the lock.
// Ends     a list that is destroyed drops its sleepers' frames without resuming them.
#pragma once

#include "engine/task.hpp"

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <deque>
#include <memory>
#include <mutex>

namespace af {

class WaitList {
public:
    void wake_one() {
        if (sleepers_.empty()) return;
        std::unique_ptr<Sleeper> sleeper = std::move(sleepers_.front());
        sleepers_.pop_front();
        sleeper->wake();
    }
    void wake_all() {
        while (!sleepers_.empty()) wake_one();
    }

    template <class Handler>
    void push(Handler handler) {
        sleepers_.push_back(std::make_unique<SleeperOf<Handler>>(std::move(handler)));
    }

private:
    struct Sleeper {
        virtual ~Sleeper() = default;
        virtual void wake() = 0;
    };
    template <class Handler>
    struct SleeperOf final : Sleeper {
        explicit SleeperOf(Handler h) : handler(std::move(h)) {}
        void wake() override {
            auto executor = asio::get_associated_executor(handler);
            asio::post(executor, std::move(handler));
        }
        Handler handler;
    };
    std::deque<std::unique_ptr<Sleeper>> sleepers_;
};

// Sleeps unless `ready()` holds, both judged under `mutex`; returns once after a wake-up, which may be spurious: the
// caller looks again. The caller must run on a serial executor (a strand or a one-thread loop).
template <class Ready>
Task<void> sleep_unless(std::mutex& mutex, WaitList& list, Ready ready) {
    auto initiation = [](auto handler, std::mutex* m, WaitList* sleepers, Ready* is_ready) {
        std::unique_lock lock(*m);
        if (!(*is_ready)()) {
            sleepers->push(std::move(handler));
            return;
        }
        lock.unlock();
        auto executor = asio::get_associated_executor(handler);
        asio::post(executor, std::move(handler));
    };
    std::mutex* m = &mutex;
    WaitList* sleepers = &list;
    Ready* is_ready = &ready;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiation, asio::use_awaitable, m, sleepers,
                                                                         is_ready);
}

}  // namespace af
