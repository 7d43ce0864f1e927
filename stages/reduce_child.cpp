#include "stages/reduce_child.hpp"

#include "engine/join.hpp"
#include "engine/run_on.hpp"
#include "stages/feeder_client.hpp"

#include <fmt/format.h>
#include <utility>

namespace af {
namespace {

// What a feeder writes behind its last line (PROTOCOL.md): it has reduced every key.
constexpr std::string_view kTrailer("\0done\n", 6);

Task<void> feed(Process& process, Receiver<Block> sorted, ReducerAccount& account) {
    while (auto block = co_await sorted.next()) {
        const bool taken = co_await process.try_write(block->view());
        if (taken) {
            account.bytes_in += block->size();
            continue;
        }
        Error why = co_await process.why_ended_early();
        if (why.kind() != ErrorKind::child_stdin) throw why;
        throw std::move(why).during(fmt::format("fed {} bytes, more were to come", account.bytes_in));
    }
    process.close_stdin();
}

Task<void> pass_on(Block block, const Sender<Block>& results, ReducerAccount& account) {
    account.bytes_out += block.size();
    Sender<Block> to = results;
    const bool taken = co_await to.put(std::move(block));
    if (!taken) throw Error(ErrorKind::cancelled, "nothing reads the result any more");
}

// Takes the trailer off the end of the output.
void cut_trailer(Block& last, const Process& process) {
    if (!last.view().ends_with(kTrailer)) {
        throw Error(ErrorKind::child_stdin, process.name() + ": ended with status 0 before it had reduced all keys")
            .hint("a function must not end its process: return instead of calling sys.exit() or process.exit()");
    }
    last.shrink_to(last.size() - kTrailer.size());
}

Task<void> collect(Process& process, bool is_feeder, Sender<Block> results, BlockPool& pool, ReducerAccount& account) {
    Block block = pool.take();
    bool ends_line = true;
    for (;;) {
        if (block.room().empty()) {
            Block next = pool.take();
            if (is_feeder) {  // these may be of the trailer
                next.append(block.view().substr(block.size() - kTrailer.size()));
                block.shrink_to(block.size() - kTrailer.size());
            }
            co_await pass_on(std::move(block), results, account);
            block = std::move(next);
        }
        std::span<char> room = block.room();
        const std::size_t count = co_await process.read_some(room);
        if (count == 0) break;
        block.grow(count);
        ends_line = block.view().back() == '\n';
    }
    co_await process.wait_for_success();
    if (is_feeder) cut_trailer(block, process);
    if (!ends_line) block.append("\n");
    if (block.size() > 0) co_await pass_on(std::move(block), results, account);
}

Task<void> collect_or_kill(Process& process, bool is_feeder, Sender<Block> results, BlockPool& pool,
                           ReducerAccount& account) {
    try {
        co_await collect(process, is_feeder, std::move(results), pool, account);
    } catch (...) {
        process.kill();  // wakes the one who feeds
        throw;
    }
}

// On the network executor.
Task<ReducerAccount> converse(std::unique_ptr<Process> owned, bool is_feeder, Receiver<Block> sorted,
                              Sender<Block> results, BlockPool& pool, std::stop_token stop) {
    Process& process = *owned;
    process.stop_on(std::move(stop));
    ReducerAccount account;
    std::vector<Task<void>> both;
    both.push_back(feed(process, std::move(sorted), account));
    both.push_back(collect_or_kill(process, is_feeder, std::move(results), pool, account));
    try {
        co_await join(std::move(both));
        process.check_all_was_read();
    } catch (Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        throw std::move(error).during("reduce");
    }
    account.counters = process.log().counters();
    co_return std::move(account);
}

Task<std::unique_ptr<Process>> start(Executor net, ReducerSpec spec, std::stop_token stop) {
    if (spec.is_feeder) {
        StartedFeeder feeder = co_await start_feeder_process(std::move(net), std::move(spec.process), std::move(stop));
        co_return std::make_unique<Process>(std::move(feeder.process));
    }
    auto process = std::make_unique<Process>(Process::start(std::move(net), std::move(spec.process)));
    process->stop_on(std::move(stop));
    co_return std::move(process);
}

}  // namespace

Task<std::unique_ptr<Process>> start_reducer(Executor net, ReducerSpec spec, std::stop_token stop) {
    Task<std::unique_ptr<Process>> started = start(net, std::move(spec), std::move(stop));
    std::unique_ptr<Process> process = co_await run_on(net, std::move(started));
    co_return std::move(process);
}

Task<ReducerAccount> run_reducer(Executor net, std::unique_ptr<Process> process, bool is_feeder, Receiver<Block> sorted,
                                 Sender<Block> results, BlockPool& pool, std::stop_token stop) {
    Task<ReducerAccount> conversation =
        converse(std::move(process), is_feeder, std::move(sorted), std::move(results), pool, std::move(stop));
    ReducerAccount account = co_await run_on(net, std::move(conversation));
    co_return std::move(account);
}

}  // namespace af
