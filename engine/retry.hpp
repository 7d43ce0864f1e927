// Retrying: how long to wait after which failure, when to give up, and a coroutine that does both around an operation.
//
//   Task<Attempt<Page>> list_once(Store& store, Query query, int attempt, std::stop_token stop);
//   ...
//   // a plain lambda, no coroutine
//   auto operation = [&](int attempt) { return list_once(*this, query, attempt, stop); };
//   Page page = co_await retry<Page>(retrier_, operation, stop);
//
// Errors   the last setback's error, with the number of attempts; what an operation throws passes through untouched,
//          but for Error(unavailable), which counts as a transient setback.
// Threads  on the caller's executor; a brake shared by several operations keeps them on the network executor.
// Source   numbers R1, R2 and R4 of the fault matrix; "Exponential backoff and jitter" (AWS architecture blog).
#pragma once

#include "engine/clock.hpp"
#include "engine/error.hpp"
#include "engine/storm_brake.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>

namespace af {

enum class Jitter {
    full,     // uniform between 0 and the backoff
    quarter,  // the backoff +- 25 %
};

// Attempts count the first one. The backoff after the n-th failure of a class is base x 2^(n-1), at most `cap`, then
// jittered.
struct RetryPolicy {
    int transient_attempts = 6;
    Duration transient_base = std::chrono::milliseconds(100);
    int throttle_attempts = 20;
    Duration throttle_base = std::chrono::seconds(1);
    Duration cap = std::chrono::seconds(20);
    Jitter jitter = Jitter::full;
    Duration hint_cap = std::chrono::seconds(60);    // a server's Retry-After is honoured up to here
    Duration deadline = std::chrono::minutes(15);    // no attempt starts later than this after the first
};

RetryPolicy object_policy();    // R1: reading and writing objects and artifacts
RetryPolicy service_policy();   // R2: the Taskcluster services
RetryPolicy one_shot_policy();  // R4: STS, the index

// A failure, as the operation judged it.
struct Setback {
    Error error;
    Fault fault = Fault::transient;
    std::optional<Duration> server_hint{};  // Retry-After, x-amz-retry-after
    bool final = false;                     // not tried again, although its kind says that it may heal some day
};
template <class T>
using Attempt = tl::expected<T, Setback>;

// What trying again cannot change within this call, also when its kind is unavailable.
tl::unexpected<Setback> final_setback(Error error);

// The bookkeeping of one operation: pure but for what it is handed.
class RetryPlan {
public:
    RetryPlan(const RetryPolicy& policy, TimePoint start) : policy_(policy), start_(start) {}

    // How long to wait after one more setback; nullopt: give up. `random` is uniform in [0, 1). Failures do not use up
    // attempts while `uncounted`.
    std::optional<Duration> next(Fault fault, std::optional<Duration> hint, TimePoint now, double random,
                                 bool uncounted = false);

    // The operation got further: what failed before no longer counts, and the deadline starts anew.
    void progressed(TimePoint now);

    int setbacks() const noexcept { return setbacks_; }  // in all

private:
    Duration backoff(Fault fault, int failures, double random) const;

    RetryPolicy policy_;
    TimePoint start_;
    int transient_ = 0;
    int throttle_ = 0;
    int counted_transient_ = 0;
    int counted_throttle_ = 0;
    int setbacks_ = 0;
};

// Uniform in [0, 1).
using Random = std::function<double()>;
Random seeded_random();  // from the system's entropy; not for several threads

// What operations are retried with.
struct Retrier {
    Clock& clock;
    Random random;
    RetryPolicy policy{};
    StormBrake* brake = nullptr;  // none: this operation alone, e.g. one token request
};

// Seconds (RFC 9110, delta form only) or, with `unit` milliseconds, x-amz-retry-after. nullopt for anything else.
std::optional<Duration> parse_retry_after(std::string_view value,
                                          std::chrono::milliseconds unit = std::chrono::seconds(1));

// What retry() does after each setback: tells the brake and sleeps; throws the setback's error when it was the last.
Task<void> after_setback(const Retrier& with, RetryPlan& plan, Setback setback, std::stop_token stop);

template <class T>
Task<T> retry(const Retrier& with, std::function<Task<Attempt<T>>(int attempt)> operation, std::stop_token stop) {
    RetryPlan plan(with.policy, with.clock.now());
    for (;;) {
        if (with.brake) co_await with.brake->pass(stop);
        const int attempt = plan.setbacks() + 1;
        std::optional<Setback> setback;
        try {
            Attempt<T> result = co_await operation(attempt);
            if (result) {
                if (with.brake) with.brake->succeeded(attempt == 1);
                if constexpr (std::is_void_v<T>) co_return;
                else co_return std::move(*result);
            }
            setback.emplace(std::move(result.error()));
        } catch (Error& error) {
            if (!error.may_heal()) throw;
            setback.emplace(Setback{std::move(error)});
        }
        Setback judged = std::move(*setback);
        co_await after_setback(with, plan, std::move(judged), stop);
    }
}

}  // namespace af
