// How many transfers run side by side: a pure rule, and the gate that holds coroutines to its answer.
#pragma once

#include "engine/task.hpp"
#include "engine/wait_list.hpp"

#include <mutex>
#include <stop_token>
#include <utility>

namespace af {

struct WidthBounds {
    unsigned min = 2;
    unsigned max = 64;
    unsigned start = 8;
};

// What happened over one period at one width.
struct WidthSample {
    double bytes_per_second = 0;
    double starved = 0;      // share of the period in which nothing that was fetched waited to be taken, 0..1
    double blocked = 0;      // share of the slots' time in which a transfer waited for room downstream, 0..1
    bool throttled = false;  // the service asked for fewer requests
};

// What the rule remembers between samples.
struct WidthState {
    unsigned width = 8;
    unsigned proven = 0;     // the width before the growth under trial; 0: none
    double proven_rate = 0;  // bytes/s there
    unsigned settling = 0;   // samples to let pass: transfers started before the last change are still ending
    unsigned holding = 0;    // samples before growth is tried again
    unsigned blocked = 0;    // samples in a row with blocked output
};

// Doubles while what is downstream is starved and the rate grows with the width. A doubling that brings less than 10 %
// is taken back, and none is tried for 40 samples. Throttling takes a quarter, down to 4; output blocked for most of
// the time, three samples in a row, takes one. In every other case it holds, so it settles instead of swinging.
WidthState next_width(WidthState state, const WidthSample& sample, const WidthBounds& bounds);

// The gate. A Slot is held for as long as a transfer may use its place.
// Threads  acquire() on the network executor; a Slot may be released on any thread.
class Slots {
public:
    class Slot {
    public:
        Slot() = default;
        Slot(Slot&& from) noexcept : slots_(std::exchange(from.slots_, nullptr)) {}
        Slot& operator=(Slot&& from) noexcept {
            std::swap(slots_, from.slots_);
            return *this;
        }
        ~Slot() { release(); }
        explicit operator bool() const noexcept { return slots_ != nullptr; }
        void release() noexcept {
            if (slots_) std::exchange(slots_, nullptr)->give_back();
        }

    private:
        friend class Slots;
        explicit Slot(Slots* slots) : slots_(slots) {}
        Slots* slots_ = nullptr;
    };

    explicit Slots(unsigned width) : width_(width) {}

    // Waits for a free place. An empty Slot after stop.
    Task<Slot> acquire(std::stop_token stop);

    // A smaller width takes effect as places are given back.
    void set_width(unsigned width);
    unsigned width() const;
    unsigned taken() const;

private:
    void give_back() noexcept;

    mutable std::mutex mutex_;
    WaitList waiting_;
    unsigned width_;
    unsigned taken_ = 0;
};

}  // namespace af
