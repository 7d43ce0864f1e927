#include "stages/combine.hpp"

#include "engine/join.hpp"
#include "engine/stop_check.hpp"
#include "stages/line_parts.hpp"
#include "stages/merge_pairs.hpp"
#include "stages/pairs/key_value.hpp"
#include "stages/pairs/sorter.hpp"

namespace af {
namespace {

constexpr ChannelLimits kBlocks{.items = 2};

void sort_lines(Spool& lines, Sorter& sorter, const std::stop_token& stop) {
    StopCheck check(stop);
    sorter.stop_on(stop);
    lines.for_each([&](std::string_view chunk) {
        for_each_line(chunk, [&](std::string_view line) {
            const auto [key, value] = split_key_value(line);
            sorter.add(key, value, 0);
            check.step();
        });
    });
}

Task<void> run(CombineOptions& options, Receiver<Block> sorted, Sender<Block> results, BlockPool& blocks,
               std::stop_token stop, Ledger& ledger) {
    ReducerSpec spec = options.reducer;
    std::unique_ptr<Process> process = co_await start_reducer(options.net, std::move(spec), stop);
    ReducerAccount account = co_await run_reducer(options.net, std::move(process), options.reducer.is_feeder,
                                                  std::move(sorted), std::move(results), blocks, stop);
    ledger.count(account.counters);
}

Task<void> keep(Receiver<Block> results, Spool& combined, const SpoolBudget& budget) {
    LineParts parts;
    std::uint32_t part = 0;
    while (auto block = co_await results.next()) {
        parts.add(block->view());
        if (!parts.ready()) continue;
        combined.add(0, part++, parts.take());
        if (budget.used_bytes > budget.limit_bytes) combined.spill();
    }
    combined.add(0, part, parts.finish());
}

}  // namespace

Task<void> combine(Ports<ObjectOutput, ObjectOutput> io, CombineOptions options, SpoolBudget& spools, BlockPool& blocks,
                   Ledger& ledger) {
    while (auto object = co_await io.in.next()) {
        Sorter sorter(options.sort_bytes, options.scratch);
        sort_lines(*object->lines, sorter, io.stop);
        auto pairs = merge(sorter.finish());
        auto combined = std::make_shared<Spool>(spools);
        auto [to_child, sorted] = channel<Block>(kBlocks);
        auto [results, from_child] = channel<Block>(kBlocks);
        std::vector<Task<void>> tasks;
        tasks.push_back(run(options, std::move(sorted), std::move(results), blocks, io.stop, ledger));
        tasks.push_back(send_pairs(std::move(to_child), *pairs, blocks));
        tasks.push_back(keep(std::move(from_child), *combined, spools));
        try {
            co_await join(std::move(tasks));
        } catch (Error& error) {
            throw std::move(error).during("combine").about(object->object->name);
        }
        ObjectOutput output{object->object, std::move(combined)};
        co_await io.out.put(std::move(output));
    }
}

}  // namespace af
