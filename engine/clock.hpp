// Time as a dependency: the real one here, one stepped by hand in tests.
#pragma once

#include "engine/task.hpp"

#include <chrono>
#include <stop_token>

namespace af {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::steady_clock::time_point;

// Threads  now() from any thread. sleep() resumes on the caller's executor.
class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;                               // never jumps: timers and rates
    virtual std::chrono::system_clock::time_point wall() const = 0;  // signatures and expiry dates
    // Returns after `duration`, or earlier when `stop` is requested: true after a full sleep.
    virtual Task<bool> sleep(Duration duration, std::stop_token stop) = 0;
};

class RealClock final : public Clock {
public:
    TimePoint now() const override { return std::chrono::steady_clock::now(); }
    std::chrono::system_clock::time_point wall() const override { return std::chrono::system_clock::now(); }
    Task<bool> sleep(Duration duration, std::stop_token stop) override;
};

}  // namespace af
