#include "engine/pipeline.hpp"

#include <asio/co_spawn.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>

namespace af {

using Clock = std::chrono::steady_clock;

struct Pipeline::State {
    struct Seat {
        Executor executor;
        std::shared_ptr<StageMetrics> metrics;
        unsigned number;  // of the worker among those of its stage
        std::unique_ptr<Worker> worker;
    };

    std::string name;
    std::shared_ptr<FailureHandler> on_failed = std::make_shared<FailureHandler>();
    std::stop_source stop;
    std::vector<std::shared_ptr<StageMetrics>> stages;
    std::vector<Seat> seats;
    std::vector<std::function<void()>> aborts;

    mutable std::mutex mutex;
    std::condition_variable ended;
    std::size_t running = 0;
    std::exception_ptr first;      // the first cause that is not `cancelled`
    std::exception_ptr cancelled;  // kept for a pipeline that nothing else ended
    Clock::time_point begun = Clock::now();

    static bool is_cancellation(const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const Error& e) {
            return e.kind() == ErrorKind::cancelled;
        } catch (...) {
            return false;
        }
    }

    // Outside the lock: aborting drops items, whose destructors may run anything.
    void stop_all() {
        stop.request_stop();
        for (auto& abort : aborts) abort();
    }

    void fail(std::exception_ptr error) {
        bool fatal = false;
        {
            std::lock_guard lock(mutex);
            if (is_cancellation(error)) {
                if (!cancelled) cancelled = error;
            } else {
                fatal = !first;
                if (fatal) first = error;
            }
        }
        if (fatal) stop_all();
    }

    void worker_ended() {
        std::lock_guard lock(mutex);
        if (--running == 0) ended.notify_all();
    }
};

Pipeline::Pipeline(std::string name) : state_(std::make_unique<State>()) { state_->name = std::move(name); }
Pipeline::~Pipeline() = default;

Pipeline& Pipeline::on_failed(FailureHandler handler) {
    *state_->on_failed = std::move(handler);
    return *this;
}

StageContext Pipeline::context(const std::shared_ptr<StageMetrics>& metrics, unsigned worker) const {
    auto fail = [state = state_.get()](std::exception_ptr error) { state->fail(std::move(error)); };
    return {.stop = state_->stop.get_token(),
            .metrics = metrics,
            .spans = &metrics->spans[worker],
            .on_failed = state_->on_failed,
            .fail = std::move(fail)};
}

std::shared_ptr<StageMetrics> Pipeline::add_stage(std::string name, const Lane& lane) {
    auto metrics = std::make_shared<StageMetrics>();
    metrics->name = std::move(name);
    metrics->workers = lane.workers;
    for (unsigned i = 0; i < lane.workers; ++i) metrics->spans.emplace_back();
    state_->stages.push_back(metrics);
    return metrics;
}

void Pipeline::add(Executor executor, std::shared_ptr<StageMetrics> metrics, unsigned number,
                   std::unique_ptr<Worker> worker) {
    state_->seats.push_back({std::move(executor), std::move(metrics), number, std::move(worker)});
}

void Pipeline::add_abort(std::function<void()> abort) { state_->aborts.push_back(std::move(abort)); }

Report Pipeline::run(const std::function<void()>& tick, std::chrono::milliseconds interval) {
    State& state = *state_;
    state.begun = Clock::now();
    state.running = state.seats.size();
    for (State::Seat& seat : state.seats) {
        auto ended = [&state, metrics = seat.metrics, number = seat.number](std::exception_ptr error) {
            const Clock::time_point now = Clock::now();
            metrics->alive_ns += (now - state.begun).count();
            metrics->spans[number].ended(now);
            ++metrics->ended;
            if (error) state.fail(error);
            state.worker_ended();
        };
        asio::co_spawn(seat.executor, seat.worker->start(), std::move(ended));
    }
    state.seats.clear();
    std::unique_lock lock(state.mutex);
    while (!state.ended.wait_for(lock, interval, [&] { return state.running == 0; })) {
        if (!tick) continue;
        lock.unlock();
        tick();
        lock.lock();
    }
    if (state.first) std::rethrow_exception(state.first);
    if (state.stop.stop_requested() && state.cancelled) std::rethrow_exception(state.cancelled);
    lock.unlock();
    return progress();
}

void Pipeline::stop(Error cause) {
    auto error = std::make_exception_ptr(std::move(cause));
    {
        std::lock_guard lock(state_->mutex);
        if (State::is_cancellation(error)) {
            if (!state_->first) state_->cancelled = error;
        } else if (!state_->first) {
            state_->first = error;
        }
    }
    state_->stop_all();
}

void Pipeline::record_spans() {
    for (const auto& stage : state_->stages) {
        for (WorkerSpans& worker : stage->spans) worker.record();
    }
}

const std::string& Pipeline::name() const noexcept { return state_->name; }
Clock::time_point Pipeline::begun() const noexcept { return state_->begun; }
const std::vector<std::shared_ptr<StageMetrics>>& Pipeline::metrics() const noexcept { return state_->stages; }

Report Pipeline::progress() const {
    Report report;
    report.elapsed = Clock::now() - state_->begun;
    for (const auto& stage : state_->stages) report.stages.push_back(snapshot(*stage, report.elapsed));
    return report;
}

}  // namespace af
