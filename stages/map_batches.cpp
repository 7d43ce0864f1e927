#include "stages/map_batches.hpp"

#include "engine/join.hpp"
#include "engine/run_on.hpp"

#include <atomic>
#include <utility>

namespace af {
namespace {

struct Work {
    Batch batch;
    std::string index;
};
// How many batches of a worker go without an index. Written by who reads the answers, while batches are taken in.
using Unindexed = std::atomic<int>;

// Shared by the writer, which may still be sending it, and the reader, which waits for its answer.
using WorkPtr = std::shared_ptr<const Work>;

std::string index_of(const Batch& batch, const MapOptions& options, Unindexed& unindexed) {
    if (!options.index_builder) return {};
    if (unindexed > 0) {
        --unindexed;
        return {};
    }
    return options.index_builder(batch.lines.view());
}

Task<void> take_in(Ports<SplitItem, MapItem>& io, const MapOptions& options, Unindexed& unindexed,
                   Sender<WorkPtr> to) {
    while (auto item = co_await io.in.next()) {
        if (auto* end = std::get_if<ObjectEnd>(&*item)) {
            MapItem passed = std::move(*end);
            co_await io.out.put(std::move(passed));
            continue;
        }
        auto work = std::make_shared<Work>();
        work->batch = std::get<Batch>(std::move(*item));
        work->index = index_of(work->batch, options, unindexed);
        WorkPtr ready = std::move(work);
        const bool taken = co_await to.put(std::move(ready));
        if (!taken) co_return;  // the feeder failed, and says why
    }
}

Task<void> write_batches(FeederClient& feeder, Receiver<WorkPtr> from, Sender<WorkPtr> under_way) {
    while (auto next = co_await from.next()) {
        WorkPtr work = *next;
        const bool awaited = co_await under_way.put(work);
        if (!awaited) co_return;
        FeederBatch batch{.sequence = work->batch.sequence,
                          .records = work->batch.records,
                          .file = work->batch.object->name,
                          .index = work->index,
                          .payload = work->batch.lines.view()};
        const bool sent = co_await feeder.send(batch);
        if (!sent) co_return;  // the reader finds out why
    }
}

Task<void> put_part(Out<MapItem>& out, MapOutput& output, std::string lines) {
    MapOutput part = output;
    part.lines = std::move(lines);
    MapItem item = std::move(part);
    co_await out.put(std::move(item));
    ++output.part;
}

Task<void> read_answer(FeederClient& feeder, const Batch& batch, Unindexed& unindexed, Out<MapItem>& out) {
    MapOutput output;
    output.object = batch.object;
    output.sequence = batch.sequence;
    output.last = false;
    std::string held;  // the part before: only once the account is there do we know whether it was the last
    for (;;) {
        FeederAnswer answer = co_await feeder.receive();
        if (auto* account = std::get_if<BatchAccount>(&answer)) {
            if (!account->index_helps) unindexed = kBatchesWithoutIndex;
            take_account(batch, *account, output);
            output.lines = std::move(held);
            MapItem item = std::move(output);
            co_await out.put(std::move(item));
            co_return;
        }
        if (!held.empty()) {
            std::string before = std::exchange(held, {});
            co_await put_part(out, output, std::move(before));
        }
        held = std::get<std::string>(std::move(answer));
        // A line of many megabytes is not kept while the next comes: the last part may be empty.
        if (held.size() > kHeldPartBytes) {
            std::string long_line = std::exchange(held, {});
            co_await put_part(out, output, std::move(long_line));
        }
    }
}

// A failure ends the pipeline at once: the one who writes may be asleep, waiting for input that is still being fetched.
Task<void> read_answers(FeederClient& feeder, Receiver<WorkPtr> under_way, Unindexed& unindexed, Out<MapItem> out,
                        StageContext context) {
    while (auto work = co_await under_way.next()) {
        try {
            co_await read_answer(feeder, (*work)->batch, unindexed, out);
        } catch (Error& error) {
            feeder.kill();  // wakes the writer
            Error told = at_batch(std::move(error), (*work)->batch);
            if (context.fail) context.fail(std::make_exception_ptr(told));
            throw told;
        }
    }
    co_await feeder.finish();
}

// On the network executor.
Task<void> converse(std::unique_ptr<FeederClient> feeder, Receiver<WorkPtr> from, Unindexed& unindexed,
                    Out<MapItem> out, StageContext context) {
    feeder->stop_on(context.stop);
    // One that waits in the channel and the one that is read: two at the feeder.
    auto [sender, receiver] = channel<WorkPtr>({.items = 1});
    std::vector<Task<void>> both;
    both.push_back(write_batches(*feeder, std::move(from), std::move(sender)));
    both.push_back(read_answers(*feeder, std::move(receiver), unindexed, std::move(out), context));
    try {
        co_await join(std::move(both));
    } catch (...) {
        if (context.fail) context.fail(std::current_exception());
        throw;
    }
}

}  // namespace

Task<void> map_batches(Ports<SplitItem, MapItem> io, MapOptions options, FeederPool& feeders) {
    std::unique_ptr<FeederClient> feeder = feeders.take();
    auto [sender, receiver] = channel<WorkPtr>({.items = 1});
    StageContext context = io;
    Unindexed unindexed = 0;
    Task<void> conversation = converse(std::move(feeder), std::move(receiver), unindexed, io.out, std::move(context));
    std::vector<Task<void>> both;
    both.push_back(take_in(io, options, unindexed, std::move(sender)));
    both.push_back(run_on(options.net, std::move(conversation)));
    co_await join(std::move(both));
}

}  // namespace af
