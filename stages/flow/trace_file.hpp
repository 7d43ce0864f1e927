// What the workers of a run's pipelines did when, as a file that Perfetto (ui.perfetto.dev) and chrome://tracing open.
//
// Form     a process for each pipeline, a thread for each worker ("fetch 3"). Its complete events ("ph":"X") are
//          starved (waited for input), blocked (waited for room downstream) and busy, whichever was most of that time;
//          `args` have what was waited in it to the nanosecond. A worker that waited for both at once has a second
//          thread for the wait that ended later. otherData.stages has the stages' counters, by pipeline.
// Memory   that of engine/worker_spans.hpp for the pipeline that runs; each one goes to the file when it has ended.
// Errors   of writing: kept by add(), so that a trace never ends a run, and thrown by commit().
// Source   "Trace Event Format", Google, JSON Object Format.
#pragma once

#include "engine/atomic_file.hpp"
#include "engine/pipeline.hpp"

#include <optional>

namespace af {

class TraceFile {
public:
    // Throws Error when the place cannot be written to.
    explicit TraceFile(const std::filesystem::path& path);

    // A pipeline whose run() has ended, however it ended; it recorded its spans.
    void add(const Pipeline& pipeline);
    void commit();

private:
    void add_worker(const std::string& name, const WorkerSpans& worker, WorkerSpans::Time begun);
    void begin_thread(const std::string& name);
    void event(std::string_view name, WorkerSpans::Time begin, WorkerSpans::Time end, const std::string& args);
    void span_event(const WorkerSpans::Span& span);
    void append(const std::string& element);

    AtomicFile file_;
    const WorkerSpans::Time origin_ = std::chrono::steady_clock::now();
    std::optional<Error> failed_;
    std::string text_;  // not in the file yet
    std::string stages_;
    bool first_ = true;
    unsigned process_ = 0;
    unsigned thread_ = 0;
};

}  // namespace af
