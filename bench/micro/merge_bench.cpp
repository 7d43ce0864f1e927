// What sorting pairs and merging their runs costs, a pair: in memory, and with runs on disk. Floor: std::sort of the
// same keys and a walk over them.
#include "stages/pairs/sorter.hpp"

#include <benchmark/benchmark.h>
#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kPairs = 400'000;

const std::vector<std::string>& keys() {
    static const std::vector<std::string> made = [] {
        std::vector<std::string> keys;
        std::mt19937_64 random(1);
        for (std::size_t i = 0; i < kPairs; ++i) keys.push_back("key-" + std::to_string(random() % 100'000));
        return keys;
    }();
    return made;
}

void sort_strings(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<std::string> sorted = keys();
        std::sort(sorted.begin(), sorted.end());
        for (const std::string& key : sorted) benchmark::DoNotOptimize(key.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPairs));
}

void sort_and_merge_pairs(benchmark::State& state) {
    const auto budget = static_cast<std::size_t>(state.range(0)) << 20;
    std::uint64_t merged = 0;
    std::size_t runs = 0;
    for (auto _ : state) {
        af::Sorter sorter(budget, std::filesystem::temp_directory_path());
        for (const std::string& key : keys()) sorter.add(key, "1", 0);
        auto streams = sorter.finish();
        runs = streams.size();
        const auto all = af::merge(std::move(streams));
        merged = 0;
        while (all->next()) ++merged;
    }
    if (merged != kPairs) state.SkipWithError("pairs were lost");
    state.counters["runs"] = static_cast<double>(runs);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPairs));
}

BENCHMARK(sort_strings)->Unit(benchmark::kMillisecond);
BENCHMARK(sort_and_merge_pairs)->ArgName("MiB")->Arg(64)->Arg(4)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
