// WidthControl: holds transfers to the width that next_width() chooses, from what the transfers themselves report.
//
// It takes a sample about every 250 ms, in the calls by which transfers report: no timer, so it rests when they rest.
// Threads  the network executor; width() from any.
#pragma once

#include "engine/clock.hpp"
#include "engine/storm_brake.hpp"
#include "engine/width.hpp"

#include <cstdint>

namespace af {

class WidthControl {
public:
    // `brake`, if any, caps the width and tells of throttling. Bounds with min == max fix the width, up to the brake.
    WidthControl(Clock& clock, WidthBounds bounds, StormBrake* brake = nullptr);

    Slots& slots() noexcept { return slots_; }
    unsigned width() const { return slots_.width(); }

    void transferred(std::uint64_t bytes);

    // A transfer that waits for room downstream holds one of these.
    class Blocked {
    public:
        explicit Blocked(WidthControl& control) : control_(control) { control_.block(+1); }
        ~Blocked() { control_.block(-1); }
        Blocked(const Blocked&) = delete;
        Blocked& operator=(const Blocked&) = delete;

    private:
        WidthControl& control_;
    };

private:
    void block(int change);
    void account(TimePoint now);
    void sample(TimePoint now);

    Clock& clock_;
    const WidthBounds bounds_;
    StormBrake* brake_;
    Slots slots_;
    WidthState state_;
    TimePoint period_start_;
    TimePoint accounted_;
    int blocked_now_ = 0;
    std::uint64_t bytes_ = 0;
    double starved_seconds_ = 0;
    double blocked_seconds_ = 0;  // summed over transfers
    double taken_seconds_ = 0;    // summed over slots
    std::uint64_t throttled_ = 0;
};

}  // namespace af
