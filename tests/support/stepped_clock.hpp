// A clock that moves only when told to, or, when it `jumps`, straight to the end of every sleep.
//
// Threads  any; sleepers wake on their own executors.
#pragma once

#include "engine/clock.hpp"
#include "engine/wait_list.hpp"

#include <mutex>
#include <vector>

namespace af::test {

class SteppedClock final : public Clock {
public:
    enum Mode { steps, jumps };
    explicit SteppedClock(Mode mode = steps) : mode_(mode) {}

    TimePoint now() const override {
        std::lock_guard lock(mutex_);
        return now_;
    }
    std::chrono::system_clock::time_point wall() const override {
        std::lock_guard lock(mutex_);
        return std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000)) +
               std::chrono::duration_cast<std::chrono::system_clock::duration>(now_.time_since_epoch());
    }

    void advance(Duration by) {
        std::lock_guard lock(mutex_);
        now_ += by;
        sleepers_.wake_all();
    }

    // Every sleep that was asked for, in order.
    std::vector<Duration> sleeps() const {
        std::lock_guard lock(mutex_);
        return sleeps_;
    }
    std::size_t asleep() const {
        std::lock_guard lock(mutex_);
        return asleep_;
    }

    Task<bool> sleep(Duration duration, std::stop_token stop) override {
        TimePoint until;
        {
            std::lock_guard lock(mutex_);
            sleeps_.push_back(duration);
            if (mode_ == jumps) now_ += duration;
            until = mode_ == jumps ? now_ : now_ + duration;
            ++asleep_;
        }
        WakeAll wake_all{this};
        std::stop_callback on_stop(stop, wake_all);
        auto over = [this, until, stop] { return now_ >= until || stop.stop_requested(); };
        for (;;) {
            co_await sleep_unless(mutex_, sleepers_, over);
            std::lock_guard lock(mutex_);
            if (!over()) continue;
            --asleep_;
            co_return now_ >= until;
        }
    }

private:
    struct WakeAll {
        SteppedClock* clock;
        void operator()() const {
            std::lock_guard lock(clock->mutex_);
            clock->sleepers_.wake_all();
        }
    };

    const Mode mode_;
    mutable std::mutex mutex_;
    TimePoint now_{std::chrono::hours(1)};
    WaitList sleepers_;
    std::vector<Duration> sleeps_;
    std::size_t asleep_ = 0;
};

}  // namespace af::test
