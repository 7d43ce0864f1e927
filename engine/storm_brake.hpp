// StormBrake: keeps all the retries of a program from turning a service's bad minute into a bad hour.
//
// A bucket of 500 tokens. A transient failure costs 14, a throttled request 5, a request that succeeds at its first
// attempt earns 1. What empties the bucket does not fail: every request pauses for a second, the width limit halves
// (never below 4), and from then on attempts do not count until half the bucket is back. A pause grants 100 tokens, so
// a storm is ridden out in short bursts. The width limit grows by 1 for every 100 successes.
//
// Errors   pass() throws unavailable once requests have failed for 5 minutes without one success: from the first
//          failure to the last. Time in which nothing was tried is no failure: 5 minutes without one begin a new count.
// Threads  used on the network executor only.
// Source   docs of the AWS SDKs' standard and adaptive retry modes; numbers R1b.
#pragma once

#include "engine/clock.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>

namespace af {

enum class Fault {
    transient,  // network, 5xx
    throttle,   // the service asks for fewer requests: SlowDown, 429
};

struct BrakeNumbers {
    int tokens = 500;
    int transient_cost = 14;
    int throttle_cost = 5;
    int pause_grant = 100;
    Duration pause = std::chrono::seconds(1);
    unsigned width_min = 4;
    unsigned width_max = 64;
    unsigned successes_per_step = 100;
    Duration give_up_after = std::chrono::minutes(5);
};

class StormBrake {
public:
    explicit StormBrake(Clock& clock, BrakeNumbers numbers = {});

    // Before every request: waits while the brake pauses. Throws unavailable (5 minutes of failure) or cancelled.
    Task<void> pass(std::stop_token stop);

    void succeeded(bool at_first_attempt);
    void failed(Fault fault);

    // Attempts are not counted while engaged: the pause and the deadlines bound them.
    bool engaged() const noexcept { return engaged_; }

    // How many transfers the brake allows side by side; told how many there are, so that halving bites at once.
    unsigned width_limit() const noexcept { return width_limit_; }
    void observe_width(unsigned width) noexcept { width_ = width; }

    // For the width controller: how often a request was throttled.
    std::uint64_t throttled() const noexcept { return throttled_; }

private:
    void forget_old_failures(TimePoint now);
    void empty_bucket(TimePoint now);

    Clock& clock_;
    const BrakeNumbers numbers_;
    int tokens_;
    unsigned width_limit_;
    unsigned width_;
    bool engaged_ = false;
    unsigned successes_ = 0;  // since the limit last grew
    TimePoint paused_until_{};
    std::optional<TimePoint> failing_since_;  // the first failure after the last success
    TimePoint last_failed_{};                 // while failing_since_ is set
    std::uint64_t throttled_ = 0;
};

}  // namespace af
