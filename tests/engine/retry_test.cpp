#include "engine/retry.hpp"

#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;
using test::run_task;
using test::SteppedClock;

namespace {

const TimePoint kStart{std::chrono::hours(1)};

struct Script {
    std::vector<std::optional<Setback>> setbacks;  // nullopt: success
    int asked = 0;
};

Task<Attempt<int>> play(Script& script, int attempt) {
    const auto at = static_cast<std::size_t>(script.asked++);
    if (at < script.setbacks.size() && script.setbacks[at]) {
        Setback setback = *script.setbacks[at];
        co_return tl::make_unexpected(std::move(setback));
    }
    co_return attempt;
}

Task<Attempt<int>> throw_kind(ErrorKind kind, int& asked) {
    ++asked;
    throw Error(kind, "thrown");
    co_return 0;
}

Setback transient() { return {Error(ErrorKind::unavailable, "HTTP 500")}; }
Setback throttled(std::optional<Duration> hint = {}) {
    return {Error(ErrorKind::unavailable, "HTTP 503 SlowDown"), Fault::throttle, hint};
}

double always_half() { return 0.5; }

int run_script(const Retrier& with, Script& script) {
    auto operation = [&script](int attempt) { return play(script, attempt); };
    return run_task(retry<int>(with, operation, std::stop_token()));
}

}  // namespace

TEST_CASE("transient failures wait for 100 ms, doubled each time up to 20 s, and the sixth is the last", "[retry]") {
    RetryPlan plan(object_policy(), kStart);
    std::vector<Duration> waits;
    while (auto wait = plan.next(Fault::transient, {}, kStart, 0.999999999)) waits.push_back(*wait);
    REQUIRE(waits.size() == 5);
    for (std::size_t i = 0; i < waits.size(); ++i) {
        CHECK(waits[i] <= 100ms * (1 << i));
        CHECK(waits[i] > 99ms * (1 << i));
    }
    CHECK(plan.setbacks() == 6);
}

TEST_CASE("full jitter may wait for nothing at all, a quarter's jitter stays within 25 percent", "[retry]") {
    CHECK(RetryPlan(object_policy(), kStart).next(Fault::transient, {}, kStart, 0.0) == Duration(0));
    CHECK(RetryPlan(service_policy(), kStart).next(Fault::transient, {}, kStart, 0.0) == Duration(75ms));
    CHECK(*RetryPlan(service_policy(), kStart).next(Fault::transient, {}, kStart, 0.999) < Duration(125ms));
}

TEST_CASE("throttling is tried 20 times, from 1 s on, beside the count of transient failures", "[retry]") {
    RetryPlan plan(object_policy(), kStart);
    std::vector<Duration> waits;
    CHECK(plan.next(Fault::transient, {}, kStart, 0.5) == Duration(50ms));
    while (auto wait = plan.next(Fault::throttle, {}, kStart, 0.5)) waits.push_back(*wait);
    REQUIRE(waits.size() == 19);
    CHECK(waits[0] == Duration(500ms));
    CHECK(waits[3] == Duration(4s));
    CHECK(waits[18] == Duration(10s));  // half of the cap
}

TEST_CASE("a server's hint lengthens the wait, but to no more than a minute", "[retry]") {
    RetryPlan plan(object_policy(), kStart);
    CHECK(plan.next(Fault::throttle, 30s, kStart, 0.5) == Duration(30s));
    CHECK(plan.next(Fault::throttle, 2h, kStart, 0.5) == Duration(60s));
    CHECK(plan.next(Fault::throttle, 1ms, kStart, 0.5) == Duration(2s));
}

TEST_CASE("no attempt starts after the deadline", "[retry]") {
    RetryPlan plan(object_policy(), kStart);
    CHECK(plan.next(Fault::transient, {}, kStart + 14min, 0.5));
    CHECK_FALSE(plan.next(Fault::transient, {}, kStart + 15min, 0.5));
}

TEST_CASE("progress starts the count and the deadline anew", "[retry]") {
    RetryPlan plan(object_policy(), kStart);
    for (int i = 0; i < 5; ++i) REQUIRE(plan.next(Fault::transient, {}, kStart, 0.5));
    plan.progressed(kStart + 14min);
    CHECK(plan.next(Fault::transient, {}, kStart + 20min, 0.5) == Duration(50ms));
}

TEST_CASE("retry() returns the first success and says which attempt it was", "[retry]") {
    SteppedClock clock(SteppedClock::jumps);
    Script script{{transient(), throttled(), std::nullopt}};
    CHECK(run_script({.clock = clock, .random = always_half}, script) == 3);
    CHECK(clock.sleeps() == std::vector<Duration>{50ms, 500ms});
}

TEST_CASE("retry() gives up with the last error and the number of attempts", "[retry]") {
    SteppedClock clock(SteppedClock::jumps);
    Script script{std::vector<std::optional<Setback>>(10, transient())};
    try {
        run_script({.clock = clock, .random = always_half}, script);
        FAIL("gave no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::unavailable);
        CHECK(error.attempts() == 6);
    }
    CHECK(script.asked == 6);
}

TEST_CASE("retry() tries a thrown unavailable again and nothing else", "[retry]") {
    SteppedClock clock(SteppedClock::jumps);
    const Retrier with{.clock = clock, .random = always_half, .policy = one_shot_policy()};
    int asked = 0;
    auto unavailable = [&](int) { return throw_kind(ErrorKind::unavailable, asked); };
    CHECK_THROWS_AS(run_task(retry<int>(with, unavailable, std::stop_token())), Error);
    CHECK(asked == 3);
    asked = 0;
    auto refused = [&](int) { return throw_kind(ErrorKind::refused, asked); };
    CHECK_THROWS_AS(run_task(retry<int>(with, refused, std::stop_token())), Error);
    CHECK(asked == 1);
}

TEST_CASE("retry() ends at a setback that is final, whatever its kind", "[retry]") {
    SteppedClock clock(SteppedClock::jumps);
    Setback last = transient();
    last.final = true;
    Script script{{transient(), last, std::nullopt}};
    try {
        run_script({clock, always_half}, script);
        FAIL("retry() must throw");
    } catch (const Error& error) {
        CHECK(error.attempts() == 2);
    }
    CHECK(script.asked == 2);
}

TEST_CASE("retry() that is stopped while it waits ends as cancelled", "[retry]") {
    SteppedClock clock;
    std::stop_source stop;
    Script script{{transient()}};
    const Retrier with{.clock = clock, .random = [&] {
        stop.request_stop();
        return 0.5;
    }};
    auto operation = [&script](int attempt) { return play(script, attempt); };
    try {
        run_task(retry<int>(with, operation, stop.get_token()));
        FAIL("gave no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::cancelled);
    }
}

TEST_CASE("Retry-After is read in its number form only", "[retry]") {
    CHECK(parse_retry_after("7") == Duration(7s));
    CHECK(parse_retry_after("250", 1ms) == Duration(250ms));
    CHECK_FALSE(parse_retry_after("Fri, 31 Dec 1999 23:59:59 GMT"));
    CHECK_FALSE(parse_retry_after("-1"));
    CHECK_FALSE(parse_retry_after(""));
    CHECK_FALSE(parse_retry_after("99999999999999"));
}
