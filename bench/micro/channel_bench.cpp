// What one item costs that is handed from a producer to a consumer: on one thread, and from one thread to another.
// Floor: `std::deque` with a mutex on one thread, without any coroutine, is measured beside it.
#include "engine/channel.hpp"
#include "engine/runtime.hpp"

#include <benchmark/benchmark.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <deque>
#include <future>
#include <mutex>

namespace {

constexpr int kItems = 20'000;

af::Task<void> emit(af::Sender<int> out) {
    for (int i = 0; i < kItems; ++i) co_await out.put(i);
}

af::Task<void> drain(af::Receiver<int> in) {
    while (auto item = co_await in.next()) benchmark::DoNotOptimize(*item);
}

af::ChannelLimits limits(const benchmark::State& state) { return {.items = static_cast<std::size_t>(state.range(0))}; }

void channel_on_one_thread(benchmark::State& state) {
    for (auto _ : state) {
        asio::io_context loop;
        auto [out, in] = af::channel<int>(limits(state));
        asio::co_spawn(loop, emit(std::move(out)), asio::detached);
        asio::co_spawn(loop, drain(std::move(in)), asio::detached);
        loop.run();
    }
    state.SetItemsProcessed(state.iterations() * kItems);
}

void channel_between_threads(benchmark::State& state) {
    af::Runtime runtime(1);
    for (auto _ : state) {
        auto [out, in] = af::channel<int>(limits(state));
        auto sent = asio::co_spawn(runtime.net().executor, emit(std::move(out)), asio::use_future);
        auto taken = asio::co_spawn(runtime.cpu().for_worker(), drain(std::move(in)), asio::use_future);
        sent.get();
        taken.get();
    }
    state.SetItemsProcessed(state.iterations() * kItems);
}

void locked_deque_on_one_thread(benchmark::State& state) {
    std::mutex mutex;
    std::deque<int> items;
    for (auto _ : state) {
        for (int i = 0; i < kItems; ++i) {
            {
                std::lock_guard lock(mutex);
                items.push_back(i);
            }
            std::lock_guard lock(mutex);
            benchmark::DoNotOptimize(items.front());
            items.pop_front();
        }
    }
    state.SetItemsProcessed(state.iterations() * kItems);
}

BENCHMARK(locked_deque_on_one_thread);
BENCHMARK(channel_on_one_thread)->ArgName("items")->Arg(1)->Arg(4)->Arg(64);
BENCHMARK(channel_between_threads)->ArgName("items")->Arg(1)->Arg(4)->Arg(64)->UseRealTime();

}  // namespace
