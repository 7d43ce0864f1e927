// The hand on a running job: what stops it from outside, and what watches it.
//
// Threads  stop() from any thread, also before or between pipelines: the next one then ends at once. The rest belongs
//          to the thread that runs the job.
#pragma once

#include "engine/pipeline.hpp"

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>

namespace af {

class TraceFile;

class Control {
public:
    using Tick = std::function<void(const Report&)>;
    explicit Control(Tick tick = {}, std::chrono::milliseconds interval = std::chrono::milliseconds(200));

    void stop(Error cause);
    // For waits outside of pipelines: listing, starting children.
    std::stop_token token() const { return stop_.get_token(); }
    void throw_if_stopped() const;
    // What to tell of an error: the cause of stop() when the error is only its consequence.
    Error cause_of(const Error& error) const;

    // Every pipeline that runs from now on is added to it. It outlives them.
    void trace_to(TraceFile& trace) { trace_ = &trace; }

    // pipeline.run(), watched and stoppable.
    Report run(Pipeline& pipeline);

private:
    Tick tick_;
    std::chrono::milliseconds interval_;
    TraceFile* trace_ = nullptr;
    std::stop_source stop_;
    mutable std::mutex mutex_;
    Pipeline* running_ = nullptr;
    std::optional<Error> cause_;
};

}  // namespace af
