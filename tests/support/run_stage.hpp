// Runs one stage alone, in a pipeline of its own, with given inputs, and keeps what it yields.
//
//   auto run = run_stage(split_records, std::move(inputs), SplitOptions{}, blocks);
//   run.emitted, run.failed, run.ended_by, run.report
//
// Use run_stage_through() for a stage whose outputs must be read while it works (they own channels): `drain` is a stage
// behind it that makes whole values of them.
#pragma once

#include "engine/pipeline.hpp"
#include "engine/runtime.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace af {

struct FailedItem {
    std::string item;
    Error error;
};

template <class O>
struct StageRun {
    std::vector<O> emitted;
    std::vector<FailedItem> failed;
    std::optional<Error> ended_by;  // what run() threw
    Report report;                  // empty when it threw
};

namespace run_stage_detail {

template <class I>
Task<void> feed(Ports<void, I> io, std::vector<I>& inputs) {
    for (I& input : inputs) co_await io.out.put(std::move(input));
}

template <class O>
Task<void> collect(Ports<O, void> io, std::vector<O>& emitted) {
    while (auto item = co_await io.in.next()) emitted.push_back(std::move(*item));
}

struct Failures {
    std::mutex mutex;
    std::vector<FailedItem> items;
    FailureHandler handler() {
        return [this](const std::string& item, const Error& error) {
            std::lock_guard lock(mutex);
            items.push_back({item, error});
        };
    }
};

template <class Run>
void run_and_note(Pipeline& pipeline, Failures& failures, Run& run) {
    try {
        run.report = pipeline.run();
    } catch (const Error& error) {
        run.ended_by = error;
    }
    run.failed = std::move(failures.items);
}

}  // namespace run_stage_detail

template <class I, class O, class... P>
StageRun<O> run_stage(Task<void> (*stage)(Ports<I, O>, P...), std::vector<I> inputs, std::type_identity_t<P>... args) {
    namespace detail = run_stage_detail;
    StageRun<O> run;
    detail::Failures failures;
    Runtime rt(2);
    Pipeline pipeline("run_stage");
    pipeline.on_failed(failures.handler());
    pipeline.from("feed", {.on = rt.net()}, detail::feed<I>, inputs)
        .then("stage", {.on = rt.cpu()}, stage, static_cast<P>(args)...)
        .into("collect", {.on = rt.net()}, detail::collect<O>, run.emitted);
    detail::run_and_note(pipeline, failures, run);
    return run;
}

template <class I, class O, class D, class... P>
StageRun<D> run_stage_through(Task<void> (*stage)(Ports<I, O>, P...), Task<void> (*drain)(Ports<O, D>),
                              std::vector<I> inputs, std::type_identity_t<P>... args) {
    namespace detail = run_stage_detail;
    StageRun<D> run;
    detail::Failures failures;
    Runtime rt(2);
    Pipeline pipeline("run_stage");
    pipeline.on_failed(failures.handler());
    pipeline.from("feed", {.on = rt.net()}, detail::feed<I>, inputs)
        .then("stage", {.on = rt.cpu()}, stage, static_cast<P>(args)...)
        .then("drain", {.on = rt.cpu()}, drain)
        .into("collect", {.on = rt.net()}, detail::collect<D>, run.emitted);
    detail::run_and_note(pipeline, failures, run);
    return run;
}

// A stage without outputs.
template <class I, class... P>
StageRun<int> run_sink(Task<void> (*stage)(Ports<I, void>, P...), std::vector<I> inputs,
                       std::type_identity_t<P>... args) {
    namespace detail = run_stage_detail;
    StageRun<int> run;
    detail::Failures failures;
    Runtime rt(2);
    Pipeline pipeline("run_sink");
    pipeline.on_failed(failures.handler());
    pipeline.from("feed", {.on = rt.net()}, detail::feed<I>, inputs)
        .into("stage", {.on = rt.cpu()}, stage, static_cast<P>(args)...);
    detail::run_and_note(pipeline, failures, run);
    return run;
}

// A stage without inputs.
template <class O, class... P>
StageRun<O> run_source(Task<void> (*stage)(Ports<void, O>, P...), std::type_identity_t<P>... args) {
    namespace detail = run_stage_detail;
    StageRun<O> run;
    detail::Failures failures;
    Runtime rt(2);
    Pipeline pipeline("run_source");
    pipeline.on_failed(failures.handler());
    pipeline.from("stage", {.on = rt.cpu()}, stage, static_cast<P>(args)...)
        .into("collect", {.on = rt.net()}, detail::collect<O>, run.emitted);
    detail::run_and_note(pipeline, failures, run);
    return run;
}

}  // namespace af
