#include "engine/worker_spans.hpp"

#include "engine/pipeline.hpp"
#include "engine/runtime.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;

namespace {

const WorkerSpans::Time kStart{std::chrono::hours(1)};

std::chrono::nanoseconds starved_of(const std::vector<WorkerSpans::Span>& spans) {
    std::chrono::nanoseconds sum{};
    for (const auto& span : spans) sum += span.starved;
    return sum;
}

Task<void> count_to(Ports<void, int> io, int last) {
    for (int i = 1; i <= last; ++i) co_await io.out.put(i);
}

Task<void> add_up(Ports<int, void> io, std::atomic<long>& sum) {
    while (auto item = co_await io.in.next()) sum += *item;
}

}  // namespace

TEST_CASE("waits far apart are spans of their own") {
    WorkerSpans worker;
    worker.record();
    worker.waited(Wait::starved, kStart, kStart + 2ms);
    worker.waited(Wait::blocked, kStart + 5ms, kStart + 6ms);
    REQUIRE(worker.spans().size() == 2);
    CHECK(worker.spans()[0].starved == 2ms);
    CHECK(worker.spans()[1].blocked == 1ms);
    CHECK(worker.spans()[1].begin == kStart + 5ms);
}

TEST_CASE("waits that follow closely become one span, which knows what was waited in it") {
    WorkerSpans worker;
    worker.record();
    worker.waited(Wait::starved, kStart, kStart + 100us);
    worker.waited(Wait::blocked, kStart + 150us, kStart + 350us);
    REQUIRE(worker.spans().size() == 1);
    CHECK(worker.spans()[0].end == kStart + 350us);
    CHECK(worker.spans()[0].starved == 100us);
    CHECK(worker.spans()[0].blocked == 200us);
    CHECK(worker.spans()[0].waits == 2);
}

TEST_CASE("a wait that goes on while others end is kept apart from them") {
    WorkerSpans worker;
    worker.record();
    worker.waited(Wait::blocked, kStart + 10ms, kStart + 11ms);
    worker.waited(Wait::blocked, kStart + 20ms, kStart + 21ms);
    worker.waited(Wait::starved, kStart, kStart + 30ms);
    CHECK(worker.spans().size() == 2);
    REQUIRE(worker.overlaps().size() == 1);
    CHECK(worker.overlaps()[0].starved == 30ms);
}

TEST_CASE("a million waits stay below the bound, cover the whole run and lose no time") {
    WorkerSpans worker;
    worker.record();
    constexpr int kWaits = 1'000'000;
    for (int i = 0; i < kWaits; ++i) worker.waited(Wait::starved, kStart + i * 1ms, kStart + i * 1ms + 700us);
    CHECK(worker.spans().size() <= WorkerSpans::kMost);
    CHECK(worker.spans().size() > WorkerSpans::kMost / 20);  // still a picture, not one bar
    CHECK(starved_of(worker.spans()) == kWaits * 700us);
    CHECK(worker.spans().front().begin == kStart);
    CHECK(worker.spans().back().end == kStart + (kWaits - 1) * 1ms + 700us);
    for (std::size_t i = 1; i < worker.spans().size(); ++i) {
        if (worker.spans()[i].begin < worker.spans()[i - 1].end) FAIL("span " << i << " overlaps the one before");
    }
}

TEST_CASE("nothing is kept that was not asked for") {
    WorkerSpans worker;
    worker.waited(Wait::starved, kStart, kStart + 1s);
    CHECK(worker.spans().empty());
}

TEST_CASE("the spans of a pipeline's workers add up to what its report says") {
    Runtime rt(2);
    std::atomic<long> sum{0};
    Pipeline pipeline("p");
    pipeline.from("count", {.on = rt.net(), .buffer = {.items = 1}}, count_to, 3000)
        .into("add", {.on = rt.cpu(), .workers = 3}, add_up, std::ref(sum));
    pipeline.record_spans();
    const Report report = pipeline.run();
    for (std::size_t i = 0; i < report.stages.size(); ++i) {
        std::chrono::nanoseconds starved{}, blocked{};
        for (const WorkerSpans& worker : pipeline.metrics()[i]->spans) {
            for (const auto& span : worker.spans()) starved += span.starved, blocked += span.blocked;
            for (const auto& span : worker.overlaps()) starved += span.starved, blocked += span.blocked;
            CHECK(worker.ended_at() >= pipeline.begun());
        }
        CHECK(starved == report.stages[i].starved);
        CHECK(blocked == report.stages[i].blocked);
    }
    CHECK(report.stages[1].starved > 0ns);
}
