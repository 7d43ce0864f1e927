#include "stages/flow/control.hpp"

#include "stages/flow/trace_file.hpp"

namespace af {

Control::Control(Tick tick, std::chrono::milliseconds interval) : tick_(std::move(tick)), interval_(interval) {}

void Control::stop(Error cause) {
    std::lock_guard lock(mutex_);
    if (cause_) return;
    cause_ = cause;
    stop_.request_stop();
    if (running_) running_->stop(std::move(cause));
}

void Control::throw_if_stopped() const {
    std::lock_guard lock(mutex_);
    if (cause_) throw *cause_;
}

Error Control::cause_of(const Error& error) const {
    std::lock_guard lock(mutex_);
    return error.kind() == ErrorKind::cancelled && cause_ ? *cause_ : error;
}

Report Control::run(Pipeline& pipeline) {
    {
        std::lock_guard lock(mutex_);
        if (cause_) throw *cause_;
        running_ = &pipeline;
    }
    struct Detach {
        Control& control;
        ~Detach() {
            std::lock_guard lock(control.mutex_);
            control.running_ = nullptr;
        }
    } detach{*this};
    struct Traced {
        TraceFile* trace;
        const Pipeline& pipeline;
        ~Traced() {
            if (trace) trace->add(pipeline);
        }
    } traced{trace_, pipeline};
    if (trace_) pipeline.record_spans();
    if (!tick_) return pipeline.run();
    return pipeline.run([&] { tick_(pipeline.progress()); }, interval_);
}

}  // namespace af
