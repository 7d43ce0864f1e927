#include "engine/storm_brake.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace af {

StormBrake::StormBrake(Clock& clock, BrakeNumbers numbers)
    : clock_(clock),
      numbers_(numbers),
      tokens_(numbers.tokens),
      width_limit_(numbers.width_max),
      width_(numbers.width_max) {}

Task<void> StormBrake::pass(std::stop_token stop) {
    for (;;) {
        if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "stopped");
        const TimePoint now = clock_.now();
        forget_old_failures(now);
        if (failing_since_ && last_failed_ - *failing_since_ >= numbers_.give_up_after) {
            const Duration failing = last_failed_ - *failing_since_;
            const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(failing).count();
            throw Error(ErrorKind::unavailable, fmt::format("no request has succeeded for {} minutes", minutes))
                .hint("check the network and the service's status page, then run again");
        }
        if (now >= paused_until_) co_return;
        Duration rest = paused_until_ - now;
        co_await clock_.sleep(rest, stop);
    }
}

void StormBrake::succeeded(bool at_first_attempt) {
    failing_since_.reset();
    if (at_first_attempt) tokens_ = std::min(numbers_.tokens, tokens_ + 1);
    if (tokens_ * 2 >= numbers_.tokens) engaged_ = false;
    if (++successes_ >= numbers_.successes_per_step) {
        successes_ = 0;
        width_limit_ = std::min(numbers_.width_max, width_limit_ + 1);
    }
}

void StormBrake::failed(Fault fault) {
    const TimePoint now = clock_.now();
    forget_old_failures(now);
    if (!failing_since_) failing_since_ = now;
    last_failed_ = now;
    if (fault == Fault::throttle) ++throttled_;
    tokens_ -= fault == Fault::throttle ? numbers_.throttle_cost : numbers_.transient_cost;
    if (tokens_ > 0) return;
    // What was in flight when the pause began fails into the same pause.
    if (now < paused_until_) tokens_ = 1;
    else empty_bucket(now);
}

void StormBrake::forget_old_failures(TimePoint now) {
    if (failing_since_ && now - last_failed_ >= numbers_.give_up_after) failing_since_.reset();
}

void StormBrake::empty_bucket(TimePoint now) {
    engaged_ = true;
    tokens_ = numbers_.pause_grant;
    paused_until_ = now + numbers_.pause;
    width_limit_ = std::max(numbers_.width_min, std::min(width_limit_, width_) / 2);
    successes_ = 0;
}

}  // namespace af
