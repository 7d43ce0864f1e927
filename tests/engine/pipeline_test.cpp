#include "engine/pipeline.hpp"

#include "engine/clock.hpp"
#include "engine/runtime.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

Task<void> count_to(Ports<void, int> io, int last) {
    for (int i = 1; i <= last; ++i) co_await io.out.put(i);
}

Task<void> doubled(Ports<int, int> io) {
    while (auto item = co_await io.in.next()) {
        int twice = *item * 2;
        co_await io.out.put(twice);
    }
}

Task<void> odd_is_lost(Ports<int, int> io) {
    while (auto item = co_await io.in.next()) {
        if (*item % 2) {
            io.failed(std::to_string(*item), Error(ErrorKind::corrupt, "odd"));
            continue;
        }
        co_await io.out.put(*item);
    }
}

Task<void> fail_at(Ports<int, int> io, int bad) {
    while (auto item = co_await io.in.next()) {
        if (*item == bad) throw Error(ErrorKind::no_space, "disk full");
        co_await io.out.put(*item);
    }
}

Task<void> add_up(Ports<int, void> io, std::atomic<long>& sum) {
    while (auto item = co_await io.in.next()) sum += *item;
}

Task<void> sleep_for_ever(Ports<void, int> io, Clock& clock) {
    bool slept = co_await clock.sleep(std::chrono::hours(1), io.stop);
    if (!slept) throw Error(ErrorKind::cancelled, "woken");
    co_await io.out.put(1);
}

Task<void> fail_beside(Ports<int, int> io) {
    io.fail(std::make_exception_ptr(Error(ErrorKind::child_exit, "the other half failed")));
    while (auto item = co_await io.in.next()) co_await io.out.put(*item);
}

Task<void> leave_after_one(Ports<int, void> io) { co_await io.in.next(); }

}  // namespace

TEST_CASE("a pipeline passes every item through all its stages") {
    Runtime rt(2);
    std::atomic<long> sum = 0;
    Pipeline job("sum");
    job.from("count", {.on = rt.net(), .buffer = {.items = 2}}, count_to, 1000)
        .then("double", {.on = rt.cpu(), .workers = 3, .buffer = {.items = 2}}, doubled)
        .into("add", {.on = rt.cpu(), .workers = 2}, add_up, sum);
    Report report = job.run();
    CHECK(sum == 1001000);
    REQUIRE(report.stages.size() == 3);
    CHECK(report.stages[1].name == "double");
    CHECK(report.stages[1].workers == 3);
    CHECK(report.stages[1].items_in == 1000);
    CHECK(report.stages[2].items_in == 1000);
}

TEST_CASE("a lost item is reported and its neighbours go on") {
    Runtime rt(2);
    std::atomic<long> sum = 0;
    std::atomic<int> lost = 0;
    Pipeline job("lossy");
    job.on_failed([&](const std::string&, const Error&) { ++lost; });
    job.from("count", {.on = rt.net()}, count_to, 10)
        .then("filter", {.on = rt.cpu()}, odd_is_lost)
        .into("add", {.on = rt.cpu()}, add_up, sum);
    CHECK(job.run().stages[1].failed == 5);
    CHECK(sum == 30);
    CHECK(lost == 5);
}

TEST_CASE("the first fatal error ends every stage and is the one that is thrown") {
    Runtime rt(2);
    std::atomic<long> sum = 0;
    Pipeline job("fatal");
    job.from("count", {.on = rt.net(), .buffer = {.items = 1}}, count_to, 100000000)
        .then("fail", {.on = rt.cpu(), .workers = 2, .buffer = {.items = 1}}, fail_at, 500)
        .into("add", {.on = rt.cpu()}, add_up, sum);
    try {
        job.run();
        FAIL("run() must throw");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::no_space);
    }
}

TEST_CASE("stop() wakes a stage that waits for something other than a channel") {
    Runtime rt(1);
    RealClock clock;
    std::atomic<long> sum = 0;
    Pipeline job("stopped");
    job.from("sleep", {.on = rt.net()}, sleep_for_ever, clock).into("add", {.on = rt.cpu()}, add_up, sum);
    auto stop = [&] { job.stop(Error(ErrorKind::io, "enough")); };
    try {
        job.run(stop, std::chrono::milliseconds(1));
        FAIL("run() must throw");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::io);
    }
    CHECK(sum == 0);
}

TEST_CASE("a stage whose reader has gone ends instead of hanging") {
    Runtime rt(1);
    Pipeline job("reader gone");
    job.from("count", {.on = rt.net(), .buffer = {.items = 1}}, count_to, 100000000)
        .into("one", {.on = rt.cpu()}, leave_after_one);
    CHECK(job.run().stages[1].items_in == 1);
}

TEST_CASE("an empty source gives an empty run") {
    Runtime rt(1);
    std::atomic<long> sum = 0;
    Pipeline job("empty");
    job.from("count", {.on = rt.net()}, count_to, 0)
        .then("double", {.on = rt.cpu()}, doubled)
        .into("add", {.on = rt.cpu()}, add_up, sum);
    CHECK(job.run().stages[2].items_in == 0);
}

TEST_CASE("a worker can end its pipeline while one of its own coroutines is asleep") {
    Runtime rt(2);
    RealClock clock;
    std::atomic<long> sum = 0;
    Pipeline job("fail");
    job.from("sleep", {.on = rt.net()}, sleep_for_ever, std::ref(clock))
        .then("fail", {.on = rt.cpu()}, fail_beside)
        .into("add", {.on = rt.cpu()}, add_up, sum);
    CHECK_THROWS_WITH(job.run(), "the other half failed");
}
