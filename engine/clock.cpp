#include "engine/clock.hpp"

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <memory>

namespace af {
namespace {

// The timer is touched on its own executor only; the token's callback may run on any thread.
struct CancelTimer {
    Executor executor;
    std::weak_ptr<asio::steady_timer> timer;
    void operator()() const {
        asio::post(executor, [timer = timer] {
            if (auto alive = timer.lock()) alive->cancel();
        });
    }
};

}  // namespace

Task<bool> RealClock::sleep(Duration duration, std::stop_token stop) {
    if (stop.stop_requested()) co_return false;
    Executor executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(
        executor, std::chrono::duration_cast<asio::steady_timer::duration>(duration));
    CancelTimer cancel{executor, timer};
    std::stop_callback on_stop(stop, cancel);
    asio::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await timer->async_wait(token);
    co_return !error;
}

}  // namespace af
