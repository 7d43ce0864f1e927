// What a 1 MiB block costs that is taken, written to and given back. Floor: writing to one buffer that is there. Beside
// it: a fresh mapping each time, which is what the pool is there to spare.
#include "engine/block_pool.hpp"
#include "stages/flow/widths.hpp"

#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <cstring>
#include <new>
#include <vector>

namespace {

constexpr std::size_t kBytes = af::kRawBlockBytes;

void touch_all(benchmark::State& state, char* memory) {
    std::memset(memory, static_cast<int>(state.iterations() & 1), kBytes);
    benchmark::DoNotOptimize(memory);
    benchmark::ClobberMemory();
}

void write_to_one_buffer(benchmark::State& state) {
    std::vector<char> memory(kBytes);
    for (auto _ : state) touch_all(state, memory.data());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBytes));
}

void write_to_a_pooled_block(benchmark::State& state) {
    af::BlockPool pool(kBytes, af::kRawHeadroomBytes);
    for (auto _ : state) {
        af::Block block = pool.take();
        touch_all(state, block.room().data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBytes));
}

void write_to_a_fresh_mapping(benchmark::State& state) {
    for (auto _ : state) {
        void* memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        touch_all(state, static_cast<char*>(memory));
        ::munmap(memory, kBytes);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBytes));
}

void take_and_give_back(benchmark::State& state) {
    static af::BlockPool pool(kBytes, af::kRawHeadroomBytes);
    for (auto _ : state) {
        af::Block block = pool.take();
        benchmark::DoNotOptimize(block.data());
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(write_to_one_buffer);
BENCHMARK(write_to_a_pooled_block);
BENCHMARK(write_to_a_fresh_mapping);
BENCHMARK(take_and_give_back)->Threads(1)->Threads(2);

}  // namespace
