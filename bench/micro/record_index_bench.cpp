// How fast the values of JSON records are found, so that a child parses only what it touches; records of 8 KB and of
// 36 KB. Floor: counting the line ends of the same bytes, one pass over memory.
#include "bench/micro/pings.hpp"
#include "stages/line_ends.hpp"
#include "stages/record_index.hpp"

#include <benchmark/benchmark.h>

namespace {

constexpr std::size_t kBytes = 1 << 20;  // a batch

void count_line_ends(benchmark::State& state) {
    const std::string text = af::bench::pings(kBytes, static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(af::count_newlines(text));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void index_records(benchmark::State& state) {
    const std::string text = af::bench::pings(kBytes, static_cast<std::size_t>(state.range(0)));
    af::RecordIndexer indexer(af::JsonPlace::after_tab);
    af::RecordIndex index;
    for (auto _ : state) {
        index = indexer.build(text);
        benchmark::DoNotOptimize(index.words.data());
    }
    if (index.indexed != af::count_newlines(text)) state.SkipWithError("records were not indexed");
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK(count_line_ends)->ArgName("record")->Arg(8000)->Arg(36'000);
BENCHMARK(index_records)->ArgName("record")->Arg(8000)->Arg(36'000);

}  // namespace
