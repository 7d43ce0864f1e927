#include "engine/width_control.hpp"

#include <algorithm>

namespace af {
namespace {

constexpr std::chrono::milliseconds kPeriod{250};

double seconds(TimePoint from, TimePoint to) { return std::chrono::duration<double>(to - from).count(); }

unsigned clamped(const WidthBounds& bounds) { return std::clamp(bounds.start, bounds.min, bounds.max); }

}  // namespace

WidthControl::WidthControl(Clock& clock, WidthBounds bounds, StormBrake* brake)
    : clock_(clock),
      bounds_(bounds),
      brake_(brake),
      slots_(clamped(bounds)),
      period_start_(clock.now()),
      accounted_(period_start_) {
    state_.width = clamped(bounds);
}

void WidthControl::transferred(std::uint64_t bytes) {
    bytes_ += bytes;
    account(clock_.now());
}

void WidthControl::block(int change) {
    account(clock_.now());
    blocked_now_ += change;
}

void WidthControl::account(TimePoint now) {
    const double passed = seconds(accounted_, now);
    accounted_ = now;
    const unsigned taken = slots_.taken();
    if (blocked_now_ == 0 && taken > 0) starved_seconds_ += passed;
    blocked_seconds_ += passed * blocked_now_;
    taken_seconds_ += passed * taken;
    if (now - period_start_ >= kPeriod) sample(now);
}

void WidthControl::sample(TimePoint now) {
    const double period = seconds(period_start_, now);
    const std::uint64_t throttled = brake_ ? brake_->throttled() : 0;
    WidthSample sample;
    sample.bytes_per_second = static_cast<double>(bytes_) / period;
    sample.starved = starved_seconds_ / period;
    sample.blocked = taken_seconds_ > 0 ? blocked_seconds_ / taken_seconds_ : 0;
    sample.throttled = throttled > throttled_;
    throttled_ = throttled;
    state_ = next_width(state_, sample, bounds_);
    if (brake_) state_.width = std::min(state_.width, brake_->width_limit());
    slots_.set_width(state_.width);
    if (brake_) brake_->observe_width(state_.width);
    period_start_ = now;
    bytes_ = 0;
    starved_seconds_ = blocked_seconds_ = taken_seconds_ = 0;
}

}  // namespace af
