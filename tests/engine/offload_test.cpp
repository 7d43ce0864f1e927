#include "engine/offload.hpp"

#include "engine/error.hpp"
#include "engine/runtime.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <thread>

using namespace af;

namespace {

struct Threads {
    std::thread::id before, during, after;
};

Task<Threads> visit(Place place) {
    Threads threads;
    threads.before = std::this_thread::get_id();
    std::function<std::thread::id()> work = [] { return std::this_thread::get_id(); };
    threads.during = co_await offload(place, work);
    threads.after = std::this_thread::get_id();
    co_return threads;
}

Task<std::unique_ptr<int>> make_seven(Place place) {
    std::function<std::unique_ptr<int>()> work = [] { return std::make_unique<int>(7); };
    std::unique_ptr<int> seven = co_await offload(place, work);
    co_return seven;
}

Task<int> fail(Place place) {
    std::function<int()> work = []() -> int { throw Error(ErrorKind::io, "bad disk"); };
    int value = co_await offload(place, work);
    co_return value;
}

}  // namespace

TEST_CASE("offload runs elsewhere and comes back to where it was called", "[offload]") {
    Runtime rt(1);
    const Threads threads = rt.block_on(visit(rt.cpu()));
    CHECK(threads.before == threads.after);
    CHECK(threads.before != threads.during);
}

TEST_CASE("offload hands over a value that can only be moved", "[offload]") {
    Runtime rt(1);
    CHECK(*rt.block_on(make_seven(rt.cpu())) == 7);
}

TEST_CASE("offload rethrows what the function throws", "[offload]") {
    Runtime rt(1);
    CHECK_THROWS_WITH(rt.block_on(fail(rt.cpu())), "bad disk");
}
