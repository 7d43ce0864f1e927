// What cutting decoded blocks into batches of whole lines costs, records of 2 KB and of 36 KB. Floor: the same bytes
// copied into the same blocks, which is how they come (a decoder writes them there).
#include "bench/micro/pings.hpp"
#include "stages/flow/widths.hpp"
#include "stages/line_ends.hpp"
#include "stages/record_splitter.hpp"

#include <benchmark/benchmark.h>
#include <algorithm>

namespace {

constexpr std::size_t kBytes = 16 << 20;

template <class Each>
void in_blocks(const std::string& text, af::BlockPool& pool, Each&& each) {
    for (std::size_t at = 0; at < text.size();) {
        af::Block block = pool.take();
        const std::size_t size = std::min(text.size() - at, block.room().size());
        block.append(std::string_view(text).substr(at, size));
        at += size;
        each(std::move(block));
    }
}

void copy_into_blocks(benchmark::State& state) {
    const std::string text = af::bench::pings(kBytes, static_cast<std::size_t>(state.range(0)));
    af::BlockPool pool(af::kRawBlockBytes, af::kRawHeadroomBytes);
    for (auto _ : state) in_blocks(text, pool, [](af::Block block) { benchmark::DoNotOptimize(block.data()); });
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void split_into_batches(benchmark::State& state) {
    const std::string text = af::bench::pings(kBytes, static_cast<std::size_t>(state.range(0)));
    af::BlockPool pool(af::kRawBlockBytes, af::kRawHeadroomBytes);
    const auto object = std::make_shared<const af::ObjectRef>();
    std::uint64_t lines = 0;
    for (auto _ : state) {
        af::RecordSplitter splitter(af::RecordLimits{}, pool);
        splitter.begin(object);
        const auto drain = [&] {
            while (auto batch = splitter.next()) benchmark::DoNotOptimize(batch->records);
        };
        in_blocks(text, pool, [&](af::Block block) {
            splitter.push(std::move(block));
            drain();
        });
        splitter.finish();
        drain();
        lines = splitter.end().lines;
    }
    if (lines != af::count_newlines(text)) state.SkipWithError("lines were lost");
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK(copy_into_blocks)->ArgName("record")->Arg(2500)->Arg(36'000)->Unit(benchmark::kMillisecond);
BENCHMARK(split_into_batches)->ArgName("record")->Arg(2500)->Arg(36'000)->Unit(benchmark::kMillisecond);

}  // namespace
