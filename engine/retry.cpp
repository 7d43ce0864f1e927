#include "engine/retry.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <memory>
#include <random>

namespace af {

tl::unexpected<Setback> final_setback(Error error) {
    Setback setback{std::move(error)};
    setback.final = true;
    return tl::make_unexpected(std::move(setback));
}

RetryPolicy object_policy() { return {}; }

RetryPolicy service_policy() {
    RetryPolicy policy;
    policy.throttle_attempts = policy.transient_attempts;
    policy.throttle_base = policy.transient_base;
    policy.cap = std::chrono::seconds(30);
    policy.jitter = Jitter::quarter;
    return policy;
}

RetryPolicy one_shot_policy() {
    RetryPolicy policy;
    policy.transient_attempts = policy.throttle_attempts = 3;
    policy.transient_base = policy.throttle_base = std::chrono::seconds(1);
    return policy;
}

Duration RetryPlan::backoff(Fault fault, int failures, double random) const {
    Duration wait = fault == Fault::throttle ? policy_.throttle_base : policy_.transient_base;
    for (int i = 1; i < failures && wait < policy_.cap; ++i) wait *= 2;
    wait = std::min(wait, policy_.cap);
    const double share = policy_.jitter == Jitter::full ? random : 0.75 + 0.5 * random;
    return std::chrono::duration_cast<Duration>(wait * share);
}

std::optional<Duration> RetryPlan::next(Fault fault, std::optional<Duration> hint, TimePoint now, double random,
                                        bool uncounted) {
    ++setbacks_;
    const bool throttled = fault == Fault::throttle;
    const int failures = ++(throttled ? throttle_ : transient_);
    int& counted = throttled ? counted_throttle_ : counted_transient_;
    if (!uncounted && ++counted >= (throttled ? policy_.throttle_attempts : policy_.transient_attempts))
        return std::nullopt;
    Duration wait = backoff(fault, failures, random);
    if (hint) wait = std::max(wait, std::min(*hint, policy_.hint_cap));
    if (now + wait - start_ > policy_.deadline) return std::nullopt;
    return wait;
}

void RetryPlan::progressed(TimePoint now) {
    start_ = now;
    transient_ = throttle_ = counted_transient_ = counted_throttle_ = 0;
}

Random seeded_random() {
    auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
    return [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); };
}

std::optional<Duration> parse_retry_after(std::string_view value, std::chrono::milliseconds unit) {
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
    return Duration(unit) * count;
}

Task<void> after_setback(const Retrier& with, RetryPlan& plan, Setback setback, std::stop_token stop) {
    if (setback.final) throw std::move(setback.error).after(plan.setbacks() + 1);
    if (with.brake) with.brake->failed(setback.fault);
    const bool uncounted = with.brake && with.brake->engaged();
    const double random = with.random();
    const auto wait = plan.next(setback.fault, setback.server_hint, with.clock.now(), random, uncounted);
    if (!wait) throw std::move(setback.error).after(plan.setbacks());
    const bool slept = co_await with.clock.sleep(*wait, stop);
    if (!slept) throw Error(ErrorKind::cancelled, "stopped");
}

}  // namespace af
