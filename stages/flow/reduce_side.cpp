#include "stages/flow/reduce_side.hpp"

#include "engine/join.hpp"
#include "stages/flow/folds.hpp"
#include "stages/flow/user_code.hpp"
#include "stages/merge_pairs.hpp"
#include "stages/reduce_child.hpp"
#include "stages/write_result.hpp"

namespace af {
namespace {

constexpr ChannelLimits kBlocks{.items = 4};

Task<void> forward_in(In<Block>& in, Sender<Block> to) {
    while (auto block = co_await in.next()) {
        const bool taken = co_await to.put(std::move(*block));
        if (!taken) co_return;
    }
}

Task<void> forward_out(Receiver<Block> from, Out<Block>& out) {
    while (auto block = co_await from.next()) co_await out.put(std::move(*block));
}

struct Child {
    Executor net;
    std::unique_ptr<Process> process;
    bool is_feeder;
    BlockPool& blocks;
    Counters counters;
};

Task<void> run_child(Child& child, Receiver<Block> sorted, Sender<Block> results, std::stop_token stop) {
    ReducerAccount account = co_await run_reducer(child.net, std::move(child.process), child.is_feeder,
                                                  std::move(sorted), std::move(results), child.blocks, std::move(stop));
    child.counters = std::move(account.counters);
}

// Counts what is read of a stream, so that no pair is lost between sorting and reducing without a word.
class CountedPairs final : public PairStream {
public:
    explicit CountedPairs(PairStream& inner) : inner_(inner) {}
    bool next() override {
        if (!inner_.next()) return false;
        pair_ = inner_.pair();
        ++count_;
        return true;
    }
    std::uint64_t count() const noexcept { return count_; }

private:
    PairStream& inner_;
    std::uint64_t count_ = 0;
};

// The reducer process as a stage: feeds it, reads it and waits for it, all at once.
Task<void> reduce(Ports<Block, Block> io, Child& child) {
    auto [to_child, sorted] = channel<Block>(kBlocks);
    auto [results, from_child] = channel<Block>(kBlocks);
    std::vector<Task<void>> tasks;
    tasks.push_back(run_child(child, std::move(sorted), std::move(results), io.stop));
    tasks.push_back(forward_in(io.in, std::move(to_child)));
    tasks.push_back(forward_out(std::move(from_child), io.out));
    co_await join(std::move(tasks));
}

Task<std::unique_ptr<Process>> start(const ScriptSpec& code, const Job& job, const Services& services) {
    ReducerSpec spec;
    spec.process = process_for(code, "reduce", {}, job.map.timeout, services);
    spec.is_feeder = has_feeder(code);
    return start_reducer(services.runtime.net().executor, std::move(spec), services.control.token());
}

}  // namespace

Task<std::unique_ptr<Process>> start_reduce(const Job& job, const Services& services) {
    std::unique_ptr<Process> reducer;
    if (job.reduce && job.reduce->code) reducer = co_await start(*job.reduce->code, job, services);
    co_return std::move(reducer);
}

Task<void> check_combiner(const Job& job, const Services& services) {
    if (job.combine && job.combine->code) co_await start(*job.combine->code, job, services);
}

ReduceAccount run_reduce_side(const Job& job, PairStream& pairs, std::unique_ptr<Process> reducer, ResultFile& result,
                              const Services& services) {
    const Place cpu = services.runtime.cpu();
    CountedPairs counted(pairs);
    Pipeline pipeline("reduce");
    Child child{services.runtime.net().executor,
                std::move(reducer),
                job.reduce->code && has_feeder(*job.reduce->code),
                services.blocks,
                {}};
    if (const auto operation = reduce_fold(job)) {
        pipeline.from("merge", {.on = cpu, .buffer = kBlocks}, fold_pairs, counted, *operation, services.blocks)
            .into("write", {.on = cpu}, write_result, result);
    } else {
        pipeline.from("merge", {.on = cpu, .buffer = kBlocks}, merge_pairs, counted, services.blocks)
            .then("reduce", {.on = cpu, .buffer = kBlocks}, reduce, child)
            .into("write", {.on = cpu}, write_result, result);
    }
    ReduceAccount account;
    account.report = services.control.run(pipeline);
    account.counters = std::move(child.counters);
    account.pairs = counted.count();
    return account;
}

}  // namespace af
