// The line a person watches while a job runs, from counters alone: pure, so that tests can read it.
#pragma once

#include "engine/pipeline.hpp"

#include <cstdint>
#include <string>

namespace af {

struct ProgressSample {
    double seconds = 0;
    std::uint64_t objects_done = 0, objects = 0;
    std::uint64_t bytes_read = 0, bytes = 0;  // stored; bytes 0: not known
    std::uint64_t records = 0;
    double bytes_per_second = 0;  // lately
    std::string busiest;          // the stage that bounds the run just now
};

// "12 of 204 objects, 34 MB of 143 MB, 25 MB/s, 4.4 s left, bounded by decompress"
std::string progress_text(const ProgressSample& sample);

// The same as one JSON object: {"type":"progress",...}
std::string progress_json(const ProgressSample& sample);

// Exponentially smoothed rate of a counter that only grows.
class Rate {
public:
    double update(double seconds, std::uint64_t total);

private:
    double last_seconds_ = 0;
    std::uint64_t last_total_ = 0;
    double rate_ = 0;
    bool begun_ = false;
};

// The stage whose workers were busiest between two reports.
class Busiest {
public:
    std::string update(const Report& report);

private:
    Report last_;
};

}  // namespace af
