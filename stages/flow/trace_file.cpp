#include "stages/flow/trace_file.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

double microseconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

// By what most of the time went to.
std::string_view name_of(const WorkerSpans::Span& span) {
    const auto most_waited = std::max(span.starved, span.blocked);
    if (span.end - span.begin - span.starved - span.blocked > most_waited) return "busy";
    return span.starved >= span.blocked ? "starved" : "blocked";
}

std::string stage_text(const std::string& pipeline, const StageReport& stage) {
    return fmt::format(
        R"({{"pipeline":{},"name":{},"workers":{},"busy_ns":{},"starved_ns":{},"blocked_ns":{},"items_in":{},)"
        R"("items_out":{}}})",
        quoted(pipeline), quoted(stage.name), stage.workers, stage.busy.count(), stage.starved.count(),
        stage.blocked.count(), stage.items_in, stage.items_out);
}

}  // namespace

TraceFile::TraceFile(const std::filesystem::path& path)
    : file_(path), text_("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n") {}

void TraceFile::add(const Pipeline& pipeline) {
    if (failed_) return;
    try {
        ++process_;
        append(fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})", process_,
                           quoted(pipeline.name())));
        for (const auto& stage : pipeline.metrics()) {
            unsigned number = 0;
            for (const WorkerSpans& worker : stage->spans)
                add_worker(fmt::format("{} {}", stage->name, ++number), worker, pipeline.begun());
        }
        for (const StageReport& stage : pipeline.progress().stages) {
            if (!stages_.empty()) stages_ += ",\n";
            stages_ += stage_text(pipeline.name(), stage);
        }
    } catch (const Error& error) {
        failed_ = error;
    }
}

void TraceFile::add_worker(const std::string& name, const WorkerSpans& worker, WorkerSpans::Time begun) {
    begin_thread(name);
    WorkerSpans::Time at = begun;
    for (const WorkerSpans::Span& span : worker.spans()) {
        if (span.begin > at) event("busy", at, span.begin, "");
        span_event(span);
        at = span.end;
    }
    if (worker.ended_at() > at) event("busy", at, worker.ended_at(), "");
    if (worker.overlaps().empty()) return;
    begin_thread(name + ", at the same time");
    for (const WorkerSpans::Span& span : worker.overlaps()) span_event(span);
}

void TraceFile::begin_thread(const std::string& name) {
    ++thread_;
    append(fmt::format(R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})", process_, thread_,
                       quoted(name)));
    append(fmt::format(R"({{"ph":"M","name":"thread_sort_index","pid":{},"tid":{},"args":{{"sort_index":{}}}}})",
                       process_, thread_, thread_));
}

void TraceFile::event(std::string_view name, WorkerSpans::Time begin, WorkerSpans::Time end, const std::string& args) {
    append(fmt::format(R"({{"ph":"X","name":"{}","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f}{}}})", name, process_,
                       thread_, microseconds(begin - origin_), microseconds(end - begin), args));
}

void TraceFile::span_event(const WorkerSpans::Span& span) {
    event(name_of(span), span.begin, span.end,
          fmt::format(R"(,"args":{{"starved_ns":{},"blocked_ns":{},"waits":{}}})", span.starved.count(),
                      span.blocked.count(), span.waits));
}

void TraceFile::append(const std::string& element) {
    if (!first_) text_ += ",\n";
    first_ = false;
    text_ += element;
    if (text_.size() < kChunkBytes) return;
    file_.append(text_);
    text_.clear();
}

void TraceFile::commit() {
    if (failed_) throw *failed_;
    file_.append(text_);
    file_.append("\n],\"otherData\":{\"stages\":[\n" + stages_ + "\n]}}\n");
    file_.commit();
}

}  // namespace af
