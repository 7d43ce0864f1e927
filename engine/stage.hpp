// What a stage is handed, and where and how wide it runs.
//
// A stage is a free coroutine: Task<void> stage(Ports<In, Out> io, arguments...). It loops `co_await io.in.next()`
// until nullopt, puts what it makes with `co_await io.out.put(...)`, and returns. Each worker of a stage has Ports of
// its own. Sources take Ports<void, Out>, sinks Ports<In, void>.
#pragma once

#include "engine/channel.hpp"
#include "engine/error.hpp"
#include "engine/metrics.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <stop_token>

namespace af {

// An executor, and whether a worker needs a strand of its own on it (true for a pool of threads).
struct Place {
    Executor executor;
    bool needs_strand = false;
    Executor for_worker() const;
};

// `buffer` bounds the channel behind the stage.
struct Lane {
    Place on;
    unsigned workers = 1;
    ChannelLimits buffer{.items = 4};
};

template <class T>
class In {
public:
    // `spans`: those of the worker that reads, of `metrics`.
    In(Receiver<T> from, std::shared_ptr<StageMetrics> metrics, WorkerSpans& spans, std::stop_token stop)
        : from_(std::move(from)), metrics_(std::move(metrics)), spans_(&spans), stop_(std::move(stop)) {}

    // nullopt: upstream is done. Throws Error(cancelled) when the pipeline was stopped.
    Task<std::optional<T>> next() {
        std::optional<T> item;
        if (from_.would_pass()) {
            item = co_await from_.next();
        } else {
            const auto asleep = std::chrono::steady_clock::now();
            item = co_await from_.next();
            const auto awake = std::chrono::steady_clock::now();
            metrics_->waited(*spans_, Wait::starved, asleep, awake);
        }
        if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "stopped");
        if (item) {
            ++metrics_->items_in;
            metrics_->bytes_in += detail::weight(*item);
        }
        co_return item;
    }

private:
    Receiver<T> from_;
    std::shared_ptr<StageMetrics> metrics_;
    WorkerSpans* spans_;
    std::stop_token stop_;
};

template <class T>
class Out {
public:
    Out(Sender<T> to, std::shared_ptr<StageMetrics> metrics, WorkerSpans& spans)
        : to_(std::move(to)), metrics_(std::move(metrics)), spans_(&spans) {}

    // Waits for room. Throws Error(cancelled) when nothing reads any more.
    Task<void> put(T item) {
        ++metrics_->items_out;
        metrics_->bytes_out += detail::weight(item);
        bool taken = false;
        if (to_.would_pass(item)) {
            taken = co_await to_.put(std::move(item));
        } else {
            const auto asleep = std::chrono::steady_clock::now();
            taken = co_await to_.put(std::move(item));
            const auto awake = std::chrono::steady_clock::now();
            metrics_->waited(*spans_, Wait::blocked, asleep, awake);
        }
        if (!taken) throw Error(ErrorKind::cancelled, "nothing reads the output any more");
    }

private:
    Sender<T> to_;
    std::shared_ptr<StageMetrics> metrics_;
    WorkerSpans* spans_;
};

// Told of each item that is lost while the job goes on. Called from any thread, must not throw.
using FailureHandler = std::function<void(const std::string& item, const Error& error)>;

struct StageContext {
    std::stop_token stop;  // requested when the pipeline stops: hand it to every wait that is not a channel
    std::shared_ptr<StageMetrics> metrics;
    WorkerSpans* spans;  // the worker's, of `metrics`
    std::shared_ptr<const FailureHandler> on_failed;
    // Ends the pipeline with this cause at once. For a worker made of several coroutines: one that fails cannot wake
    // the one that is asleep in `in.next()`, and the worker ends only when both have.
    std::function<void(std::exception_ptr)> fail;

    // The worker has waited, since `asleep`, elsewhere than at its ports.
    void waited(Wait kind, std::chrono::steady_clock::time_point asleep) const {
        metrics->waited(*spans, kind, asleep, std::chrono::steady_clock::now());
    }
    void failed(const std::string& item, const Error& error) const {
        ++metrics->failed;
        if (on_failed && *on_failed) (*on_failed)(item, error);
    }
};

template <class I, class O>
struct Ports : StageContext {
    In<I> in;
    Out<O> out;
};
template <class O>
struct Ports<void, O> : StageContext {
    Out<O> out;
};
template <class I>
struct Ports<I, void> : StageContext {
    In<I> in;
};

}  // namespace af
