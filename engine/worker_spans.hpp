// When one worker of a stage waited: what a trace of a run is drawn from.
//
// Merged   waits less than a resolution apart become one span, which keeps what was waited in it, as long as it is no
//          longer than ten times the resolution. That is 0.1 ms at first and doubles whenever the spans are full, so a
//          trace of any length covers the whole run, in less detail when it is long. Sums stay exact.
// Overlap  a worker made of several coroutines may wait for input and for room at the same time: the wait that ends
//          later is kept apart, in overlaps().
// Memory   none until record(); then at most 2 x kMost spans of 40 bytes, 80 KiB.
// Threads  waited() and ended() from any; the rest before the worker starts or after it ended.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace af {

enum class Wait : unsigned char { starved, blocked };

class WorkerSpans {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t kMost = 1024;
    static constexpr std::chrono::nanoseconds kFinest{100'000};

    struct Span {
        Time begin, end;
        std::chrono::nanoseconds starved{}, blocked{};  // within it
        std::uint64_t waits = 0;
    };

    void record() { recording_ = true; }
    void waited(Wait kind, Time begin, Time end) {
        if (recording_) add(kind, begin, end);
    }
    void ended(Time at);

    const std::vector<Span>& spans() const noexcept { return spans_; }        // in order, none overlaps another
    const std::vector<Span>& overlaps() const noexcept { return overlaps_; }  // likewise, but spans() may lie beneath
    Time ended_at() const noexcept { return ended_at_; }

private:
    void add(Wait kind, Time begin, Time end);
    void append(std::vector<Span>& spans, const Span& span);
    void thin(std::vector<Span>& spans);

    bool recording_ = false;
    std::mutex mutex_;
    std::chrono::nanoseconds resolution_ = kFinest;
    std::vector<Span> spans_;
    std::vector<Span> overlaps_;
    Time ended_at_{};
};

}  // namespace af
