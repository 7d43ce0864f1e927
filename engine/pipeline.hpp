// Joins stages by bounded channels, runs them, stops all of them on the first fatal error, and reports.
//
//   Pipeline job{"map"};
//   job.from("list", {.on = rt.net()}, list_inputs, query)
//      .then("fetch", {.on = rt.net(), .workers = 16}, fetch, std::ref(http), options)
//      .into("commit", {.on = rt.cpu()}, commit, target);
//   Report report = job.run();
//
// Types      deduced from the coroutines: stages in the wrong order do not compile. Value arguments are copied into
//            each worker; reference arguments must outlive run().
// Errors     an exception out of a stage ends the pipeline: every channel is aborted, stop is requested, and run()
//            rethrows the first cause once every worker has ended. A neighbour's `cancelled` never hides it.
// Structure  run() returns or throws only when no coroutine of the pipeline is left.
// Threads    build and run() on one thread that is none of the runtime's; stop() and progress() from any.
#pragma once

#include "engine/stage.hpp"

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace af {

struct Report {
    std::vector<StageReport> stages;
    std::chrono::nanoseconds elapsed{};
};

class Pipeline;

// The open end of a pipeline under construction.
template <class T>
class [[nodiscard]] Flow {
public:
    Flow(Pipeline& pipeline, Receiver<T> from) : pipeline_(&pipeline), from_(std::move(from)) {}

    template <class O, class... P>
    Flow<O> then(std::string name, Lane lane, Task<void> (*stage)(Ports<T, O>, P...),
                 std::type_identity_t<P>... args) &&;

    template <class... P>
    Pipeline& into(std::string name, Lane lane, Task<void> (*stage)(Ports<T, void>, P...),
                   std::type_identity_t<P>... args) &&;

private:
    Pipeline* pipeline_;
    Receiver<T> from_;
};

class Pipeline {
public:
    explicit Pipeline(std::string name);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    // Set before the first stage.
    Pipeline& on_failed(FailureHandler handler);

    template <class O, class... P>
    Flow<O> from(std::string name, Lane lane, Task<void> (*stage)(Ports<void, O>, P...),
                 std::type_identity_t<P>... args) {
        auto [sender, receiver] = channel<O>(lane.buffer);
        remember(sender);
        auto metrics = add_stage(std::move(name), lane);
        for (unsigned i = 0; i < lane.workers; ++i) {
            Ports<void, O> io{context(metrics, i), Out<O>(sender, metrics, metrics->spans[i])};
            add_worker(lane, metrics, i, stage, std::move(io), args...);
        }
        return Flow<O>(*this, std::move(receiver));
    }

    // Runs until every stage has ended. `tick`, if any, is called on this thread every `interval`.
    Report run(const std::function<void()>& tick = {},
               std::chrono::milliseconds interval = std::chrono::milliseconds(200));

    // Ends the pipeline with this cause, unless it has one already.
    void stop(Error cause);

    // What each stage did so far.
    Report progress() const;

    // Before run(): every worker keeps when it waited (engine/worker_spans.hpp), for those who read it from metrics()
    // once run() has ended, however it ended.
    void record_spans();
    const std::string& name() const noexcept;
    std::chrono::steady_clock::time_point begun() const noexcept;
    const std::vector<std::shared_ptr<StageMetrics>>& metrics() const noexcept;

private:
    template <class T>
    friend class Flow;

    struct Worker {
        virtual ~Worker() = default;
        virtual Task<void> start() = 0;
    };
    template <class IO, class... P>
    struct WorkerOf final : Worker {
        WorkerOf(Task<void> (*s)(IO, P...), IO i, P... a) : stage(s), io(std::move(i)), args(static_cast<P>(a)...) {}
        Task<void> start() override {
            return std::apply([this](auto&... a) { return stage(std::move(io), static_cast<P>(a)...); }, args);
        }
        Task<void> (*stage)(IO, P...);
        IO io;
        std::tuple<P...> args;
    };

    template <class IO, class... P>
    void add_worker(const Lane& lane, const std::shared_ptr<StageMetrics>& metrics, unsigned number,
                    Task<void> (*stage)(IO, P...), IO io, std::type_identity_t<P>... args) {
        add(lane.on.for_worker(), metrics, number,
            std::make_unique<WorkerOf<IO, P...>>(stage, std::move(io), static_cast<P>(args)...));
    }
    template <class T>
    void remember(Sender<T> sender) {
        // An end of its own would keep the channel open, so only the state is kept.
        add_abort([state = std::weak_ptr(sender.state())] {
            if (auto alive = state.lock()) alive->abort();
        });
    }

    StageContext context(const std::shared_ptr<StageMetrics>& metrics, unsigned worker) const;
    std::shared_ptr<StageMetrics> add_stage(std::string name, const Lane& lane);
    void add(Executor executor, std::shared_ptr<StageMetrics> metrics, unsigned number, std::unique_ptr<Worker> worker);
    void add_abort(std::function<void()> abort);

    struct State;
    std::unique_ptr<State> state_;
};

template <class T>
template <class O, class... P>
Flow<O> Flow<T>::then(std::string name, Lane lane, Task<void> (*stage)(Ports<T, O>, P...),
                      std::type_identity_t<P>... args) && {
    auto [sender, receiver] = channel<O>(lane.buffer);
    pipeline_->remember(sender);
    auto metrics = pipeline_->add_stage(std::move(name), lane);
    for (unsigned i = 0; i < lane.workers; ++i) {
        StageContext context = pipeline_->context(metrics, i);
        In<T> in(from_, metrics, metrics->spans[i], context.stop);
        Ports<T, O> io{std::move(context), std::move(in), Out<O>(sender, metrics, metrics->spans[i])};
        pipeline_->add_worker(lane, metrics, i, stage, std::move(io), static_cast<P>(args)...);
    }
    return Flow<O>(*pipeline_, std::move(receiver));
}

template <class T>
template <class... P>
Pipeline& Flow<T>::into(std::string name, Lane lane, Task<void> (*stage)(Ports<T, void>, P...),
                        std::type_identity_t<P>... args) && {
    auto metrics = pipeline_->add_stage(std::move(name), lane);
    for (unsigned i = 0; i < lane.workers; ++i) {
        StageContext context = pipeline_->context(metrics, i);
        In<T> in(from_, metrics, metrics->spans[i], context.stop);
        Ports<T, void> io{std::move(context), std::move(in)};
        pipeline_->add_worker(lane, metrics, i, stage, std::move(io), static_cast<P>(args)...);
    }
    from_.close();
    return *pipeline_;
}

}  // namespace af
