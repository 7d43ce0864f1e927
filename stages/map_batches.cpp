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
// What the feeders of a worker said of the index. Written by who reads the answers, while batches are taken in.
struct IndexWishes {
    std::atomic<int> unindexed = 0;  // how many batches are to go without
    std::atomic<bool> nested = false;
};

// Shared by the writer, which may still be sending it, and the reader, which waits for its answer.
using WorkPtr = std::shared_ptr<const Work>;

std::string index_of(const Batch& batch, const MapOptions& options, IndexWishes& wishes) {
    if (!options.index_builder) return {};
    if (wishes.unindexed > 0) {
        --wishes.unindexed;
        return {};
    }
    return options.index_builder(batch, wishes.nested ? JsonNoted::large_objects : JsonNoted::root);
}

Task<void> take_in(Ports<SplitItem, MapItem>& io, const MapOptions& options, IndexWishes& wishes, Sender<WorkPtr> to) {
    while (auto item = co_await io.in.next()) {
        if (auto* end = std::get_if<ObjectEnd>(&*item)) {
            MapItem passed = std::move(*end);
            co_await io.out.put(std::move(passed));
            continue;
        }
        auto work = std::make_shared<Work>();
        work->batch = std::get<Batch>(std::move(*item));
        work->index = index_of(work->batch, options, wishes);
        WorkPtr ready = std::move(work);
        const bool taken = co_await to.put(std::move(ready));
        if (!taken) co_return;  // the feeder failed, and says why
    }
}

// What the conversations of one worker share.
struct Talk {
    FeederPool& feeders;
    MapperWidth& width;
    IndexWishes wishes{};
    std::stop_source over{};  // nothing more is to be mapped
};

// `place`: of a feeder beyond the first.
Task<void> write_batches(FeederClient& feeder, Receiver<WorkPtr> from, Sender<WorkPtr> under_way, Talk& talk,
                         const Slots::Slot& place) {
    for (;;) {
        if (place && talk.width.is_over()) co_return;
        auto next = co_await from.next();
        if (!next) co_return;
        WorkPtr work = *next;
        const bool awaited = co_await under_way.put(work);
        if (!awaited) co_return;
        FeederBatch batch{.sequence = work->batch.sequence,
                          .records = work->batch.records,
                          .file = work->batch.object->name,
                          .index = work->index,
                          .payload = work->batch.lines.view(),
                          .payload_at = work->batch.lines.shared_offset()};
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

Task<void> read_answer(FeederClient& feeder, const Batch& batch, IndexWishes& wishes, Out<MapItem>& out) {
    MapOutput output;
    output.object = batch.object;
    output.sequence = batch.sequence;
    output.last = false;
    std::string held;  // the part before: only once the account is there do we know whether it was the last
    for (;;) {
        FeederAnswer answer = co_await feeder.receive();
        if (auto* account = std::get_if<BatchAccount>(&answer)) {
            if (!account->index_helps) wishes.unindexed = kBatchesWithoutIndex;
            if (account->wants_nested) wishes.nested = true;
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

std::optional<Duration> since(std::optional<Duration> before, std::optional<Duration> now) {
    if (!before || !now) return std::nullopt;
    return *now - *before;
}

// A failure ends the pipeline at once: the one who writes may be asleep, waiting for input that is still being fetched.
Task<void> read_answers(FeederClient& feeder, Receiver<WorkPtr> under_way, Talk& talk, Out<MapItem> out,
                        StageContext context) {
    while (auto work = co_await under_way.next()) {
        const TimePoint begun = talk.width.now();
        const auto awake = feeder.awake_time();
        try {
            co_await read_answer(feeder, (*work)->batch, talk.wishes, out);
        } catch (Error& error) {
            feeder.kill();  // wakes the writer
            Error told = at_batch(std::move(error), (*work)->batch);
            if (context.fail) context.fail(std::make_exception_ptr(told));
            throw told;
        }
        talk.width.answered({(*work)->batch.lines.size(), talk.width.now() - begun, since(awake, feeder.awake_time())});
    }
    co_await feeder.finish();
}

// On the network executor.
Task<void> converse(std::unique_ptr<FeederClient> feeder, Receiver<WorkPtr> from, Talk& talk, const Slots::Slot& place,
                    Out<MapItem> out, StageContext context) {
    feeder->stop_on(context.stop);
    // One that waits in the channel and the one that is read: two at the feeder.
    auto [sender, receiver] = channel<WorkPtr>({.items = 1});
    std::vector<Task<void>> both;
    both.push_back(write_batches(*feeder, std::move(from), std::move(sender), talk, place));
    both.push_back(read_answers(*feeder, std::move(receiver), talk, std::move(out), context));
    try {
        co_await join(std::move(both));
    } catch (...) {
        talk.over.request_stop();
        if (context.fail) context.fail(std::current_exception());
        throw;
    }
}

Task<void> converse_first(Receiver<WorkPtr> from, Talk& talk, Out<MapItem> out, StageContext context) {
    const Slots::Slot no_place;
    std::unique_ptr<FeederClient> feeder = talk.feeders.take();
    co_await converse(std::move(feeder), std::move(from), talk, no_place, std::move(out), std::move(context));
}

// Null when it cannot be started: the job goes on with those there are.
Task<std::unique_ptr<FeederClient>> start_more(Talk& talk) {
    std::unique_ptr<FeederClient> feeder;
    try {
        feeder = co_await talk.feeders.start_another();
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        talk.width.stay();
    }
    co_return std::move(feeder);
}

// One more feeder, whenever there is a place for it.
Task<void> converse_more(Receiver<WorkPtr> from, Talk& talk, Out<MapItem> out, StageContext context) {
    const std::stop_token over = talk.over.get_token();
    for (;;) {
        const Slots::Slot place = co_await talk.width.extras().acquire(over);
        if (!place) co_return;
        std::unique_ptr<FeederClient> feeder = co_await start_more(talk);
        if (!feeder) co_return;
        co_await converse(std::move(feeder), from, talk, place, out, context);
    }
}

Task<void> take_all_in(Ports<SplitItem, MapItem>& io, const MapOptions& options, Talk& talk, Sender<WorkPtr> to) {
    co_await take_in(io, options, talk.wishes, std::move(to));
    talk.over.request_stop();
}

}  // namespace

Task<void> map_batches(Ports<SplitItem, MapItem> io, MapOptions options, FeederPool& feeders, MapperWidth& width) {
    auto [sender, receiver] = channel<WorkPtr>({.items = 1});
    Talk talk{feeders, width};
    const auto end_all = [&talk] { talk.over.request_stop(); };
    const std::stop_callback on_stop(io.stop, end_all);
    std::vector<Task<void>> tasks;
    for (unsigned i = 0; i < width.extras_each(); ++i)
        tasks.push_back(run_on(options.net, converse_more(receiver, talk, io.out, io)));
    tasks.push_back(run_on(options.net, converse_first(std::move(receiver), talk, io.out, io)));
    tasks.push_back(take_all_in(io, options, talk, std::move(sender)));
    co_await join(std::move(tasks));
}

}  // namespace af
