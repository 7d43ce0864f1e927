// MapperWidth: how many processes the map function gets. One a worker, which is one a processor, unless the function
// waits for something else than a processor: a service, a disk, a lock. Then more of them are tried, as long as that
// pays.
//
// Rule     next_width() (engine/width.hpp), on samples of a second and two batches a process at least. Nothing grows
//          while processes are awake half of the time in which they have batches, or have none for a fifth of it.
// Threads  the network executor; processes() from any.
#pragma once

#include "engine/clock.hpp"
#include "engine/width.hpp"

#include <cstdint>
#include <optional>

namespace af {

class MapperWidth {
public:
    // `most` processes in all; no more than `workers` fix their number.
    MapperWidth(Clock& clock, unsigned workers, unsigned most);

    // How many a worker has besides its first, at most.
    unsigned extras_each() const noexcept { return (bounds_.max - bounds_.min + bounds_.min - 1) / bounds_.min; }
    // The places of processes beyond one a worker.
    Slots& extras() noexcept { return extras_; }
    // More have a place than should: who sees it between two batches gives its own back.
    bool is_over() const { return extras_.taken() > extras_.width(); }
    unsigned processes() const { return bounds_.min + extras_.width(); }

    // What a process did from taking a batch, or from the end of the one before, to its answer.
    struct Turn {
        std::uint64_t bytes = 0;  // of the batch
        Duration busy{0};
        std::optional<Duration> awake;  // of `busy`
    };
    void answered(const Turn& turn);
    void stay();  // more cannot be had

    TimePoint now() const { return clock_.now(); }

private:
    void sample(Duration period);

    Clock& clock_;
    const WidthBounds bounds_;
    Slots extras_;
    WidthState state_;
    bool stays_ = false;
    TimePoint begun_;
    unsigned turns_ = 0;
    std::uint64_t bytes_ = 0;
    Duration busy_{0};
    Duration awake_{0};
};

}  // namespace af
