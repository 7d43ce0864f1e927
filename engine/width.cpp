#include "engine/width.hpp"

#include <algorithm>
#include <utility>

namespace af {
namespace {

constexpr double kStarving = 0.05;     // a stage that waits less than this has enough
constexpr double kBlocked = 0.5;       // transfers that wait for room half of the time are too many
constexpr double kWorthwhile = 1.10;   // a doubling must bring this much
constexpr unsigned kPatience = 3;      // samples in a row before the width falls for blocked output
constexpr unsigned kHold = 40;
constexpr unsigned kThrottledMin = 4;

void shrink_for_throttling(WidthState& state, const WidthBounds& bounds) {
    const unsigned least = std::min(state.width, std::max(bounds.min, kThrottledMin));
    state.width = std::max(least, state.width - std::max(1u, state.width / 4));
    state.proven = 0;
    state.settling = 4;
    state.holding = kHold;
}

void rest(WidthState& state, const WidthSample& sample, const WidthBounds& bounds) {
    state.proven = 0;  // enough arrives: the growth under trial was worth it
    state.blocked = sample.blocked > kBlocked ? state.blocked + 1 : 0;
    if (state.blocked < kPatience) return;
    state.blocked = 0;
    state.width = std::max(bounds.min, state.width - 1);
}

void take_back(WidthState& state) {
    state.width = std::exchange(state.proven, 0);
    state.holding = kHold;
    state.settling = 1;
}

void grow(WidthState& state, const WidthSample& sample, const WidthBounds& bounds) {
    const unsigned wider = std::min(bounds.max, state.width * 2);
    if (wider <= state.width) return;
    state.proven = state.width;
    state.proven_rate = sample.bytes_per_second;
    state.width = wider;
    state.settling = 1;
}

}  // namespace

WidthState next_width(WidthState state, const WidthSample& sample, const WidthBounds& bounds) {
    if (state.holding) --state.holding;
    if (state.settling) {
        --state.settling;
        return state;
    }
    if (sample.throttled) {
        shrink_for_throttling(state, bounds);
    } else if (sample.starved < kStarving) {
        rest(state, sample, bounds);
    } else if (state.proven && sample.bytes_per_second < state.proven_rate * kWorthwhile) {
        take_back(state);
    } else if (!state.holding) {
        state.blocked = 0;
        grow(state, sample, bounds);
    }
    return state;
}

Task<Slots::Slot> Slots::acquire(std::stop_token stop) {
    struct WakeAll {
        Slots* slots;
        void operator()() const {
            std::lock_guard lock(slots->mutex_);
            slots->waiting_.wake_all();
        }
    };
    WakeAll wake_all{this};
    std::stop_callback on_stop(stop, wake_all);
    auto free_or_stopped = [this, &stop] { return taken_ < width_ || stop.stop_requested(); };
    for (;;) {
        {
            std::lock_guard lock(mutex_);
            if (stop.stop_requested()) co_return Slot();
            if (taken_ < width_) {
                ++taken_;
                if (taken_ < width_) waiting_.wake_one();
                co_return Slot(this);
            }
        }
        co_await sleep_unless(mutex_, waiting_, free_or_stopped);
    }
}

void Slots::set_width(unsigned width) {
    std::lock_guard lock(mutex_);
    width_ = width;
    if (taken_ < width_) waiting_.wake_one();
}

unsigned Slots::width() const {
    std::lock_guard lock(mutex_);
    return width_;
}

unsigned Slots::taken() const {
    std::lock_guard lock(mutex_);
    return taken_;
}

void Slots::give_back() noexcept {
    std::lock_guard lock(mutex_);
    --taken_;
    if (taken_ < width_) waiting_.wake_one();
}

}  // namespace af
