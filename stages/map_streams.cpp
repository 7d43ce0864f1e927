#include "stages/map_streams.hpp"

#include "engine/join.hpp"
#include "engine/run_on.hpp"

#include <fmt/format.h>

namespace af {
namespace {

struct Run {
    ObjectPtr object;
    std::uint64_t records = 0;    // handed out by the splitter
    std::uint64_t fed = 0;        // written whole
    std::uint64_t next_line = 1;  // where the next batch begins
    bool takes_input = true;
    bool lost = false;  // the object failed: nothing of this run counts
    std::optional<ObjectEnd> object_end;
};

Task<void> feed_batch(Process& process, const Batch& batch, bool allow_early_exit, Run& run) {
    run.records += batch.records;
    if (run.takes_input) run.takes_input = co_await process.try_write(batch.lines.view());
    if (run.takes_input) {
        run.fed += batch.records;
        run.next_line = batch.first_line + batch.records;
        co_return;
    }
    if (allow_early_exit) co_return;
    run.next_line = batch.first_line;
    Error why = co_await process.why_ended_early();
    if (why.kind() != ErrorKind::child_stdin) throw std::move(why).about(run.object->name);
    const std::string fed = fmt::format("map {}: fed {} of {} records or more", run.object->name, run.fed, run.records);
    throw std::move(why)
        .during(fed)
        .about(run.object->name)
        .hint("a program that means to stop early needs allow_early_exit: true");
}

Task<void> feed(Process& process, StreamItem first, Receiver<StreamItem>& items, bool allow_early_exit, Run& run) {
    std::optional<StreamItem> item = std::move(first);
    while (item) {
        if (auto* end = std::get_if<StreamEnd>(&*item)) {
            run.object_end = std::move(end->object_end);
            run.lost = run.object_end && run.object_end->failed;
            if (run.lost)
                process.kill();
            else
                process.close_stdin();
            co_return;
        }
        co_await feed_batch(process, std::get<Batch>(*item), allow_early_exit, run);
        item = co_await items.next();
    }
    process.kill();
    throw Error(ErrorKind::cancelled, "the stream was cut");
}

// Ends the pipeline at once: the one who feeds may be asleep in the stream of an object that is still being fetched.
Task<void> collect(Process& process, const BinaryMapOptions& options, Out<MapItem>& out, MapOutput& last, Run& run,
                   const StageContext& context) {
    try {
        co_await collect_output(process, options, out, last);
    } catch (Error& error) {
        process.kill();
        if (run.lost) co_return;
        if (error.kind() == ErrorKind::cancelled) throw;
        const std::string where = fmt::format("map {} near line {}", run.object->name, run.next_line);
        Error told = std::move(error).during(where).about(run.object->name);
        if (context.fail) context.fail(std::make_exception_ptr(told));
        throw told;
    }
}

// On the network executor.
Task<void> run_process(RecordStream stream, StreamItem first, Out<MapItem>& out, const BinaryMapOptions& options,
                       const StageContext& context) {
    Process process = start_for(options, stream.object, context.stop);
    Run run;
    run.object = stream.object;
    MapOutput last;
    last.object = stream.object;
    last.sequence = stream.sequence;
    std::vector<Task<void>> both;
    both.push_back(feed(process, std::move(first), stream.items, options.allow_early_exit, run));
    both.push_back(collect(process, options, out, last, run, context));
    co_await join(std::move(both));
    if (!run.lost) {
        try {
            check_all_was_read(process, options);
        } catch (Error& error) {
            throw std::move(error).during("map " + run.object->name).about(run.object->name);
        }
        last.records_in = run.records;
        MapItem item = std::move(last);
        co_await out.put(std::move(item));
    }
    if (run.object_end) {
        MapItem item = std::move(*run.object_end);
        co_await out.put(std::move(item));
    }
}

}  // namespace

Task<void> map_streams(Ports<RecordStream, MapItem> io, BinaryMapOptions options) {
    while (auto stream = co_await io.in.next()) {
        std::optional<StreamItem> first = co_await stream->items.next();
        if (!first) throw Error(ErrorKind::cancelled, "the stream was cut");
        auto* end = std::get_if<StreamEnd>(&*first);
        if (end && end->object_end && end->object_end->failed) {
            MapItem item = std::move(*end->object_end);
            co_await io.out.put(std::move(item));
            continue;
        }
        Task<void> process = run_process(std::move(*stream), std::move(*first), io.out, options, io);
        co_await run_on(options.net, std::move(process));
    }
}

}  // namespace af
