// What each stage did and what it waited for. Counters are relaxed atomics: read at any time, exact once a run ended.
#pragma once

#include "engine/worker_spans.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace af {

struct StageMetrics {
    std::string name;
    std::atomic<unsigned> workers{0};
    std::atomic<std::uint64_t> items_in{0}, items_out{0}, bytes_in{0}, bytes_out{0}, failed{0};
    std::atomic<std::int64_t> starved_ns{0};  // waiting for input
    std::atomic<std::int64_t> blocked_ns{0};  // waiting for room downstream
    std::atomic<unsigned> ended{0};           // workers
    std::atomic<std::int64_t> alive_ns{0};    // their lifetimes, added up
    std::deque<WorkerSpans> spans;            // one a worker; empty outside of pipelines

    // `worker`: the spans of the one that waited.
    void waited(WorkerSpans& worker, Wait kind, WorkerSpans::Time asleep, WorkerSpans::Time awake) {
        (kind == Wait::starved ? starved_ns : blocked_ns) += (awake - asleep).count();
        worker.waited(kind, asleep, awake);
    }
};

// A moment's copy of a stage's metrics. busy = alive - starved - blocked, summed over workers.
struct StageReport {
    std::string name;
    unsigned workers = 0;
    std::uint64_t items_in = 0, items_out = 0, bytes_in = 0, bytes_out = 0, failed = 0;
    std::chrono::nanoseconds starved{}, blocked{}, busy{};
};

// `elapsed`: since the pipeline began, for stages whose workers still run.
StageReport snapshot(const StageMetrics& metrics, std::chrono::nanoseconds elapsed);

}  // namespace af
