#include "engine/storm_brake.hpp"

#include "engine/error.hpp"
#include "engine/retry.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;
using test::run_task;
using test::SteppedClock;

namespace {

void fail(StormBrake& brake, Fault fault, int times) {
    for (int i = 0; i < times; ++i) brake.failed(fault);
}

// From a full bucket.
void fail_until_pause(StormBrake& brake, Fault fault) { fail(brake, fault, fault == Fault::transient ? 36 : 100); }

Task<Attempt<int>> fail_first(int& failures) {
    if (failures > 0) {
        --failures;
        co_return tl::make_unexpected(Setback{Error(ErrorKind::unavailable, "HTTP 500")});
    }
    co_return 1;
}

}  // namespace

TEST_CASE("36 transient or 100 throttled requests empty the bucket", "[brake]") {
    SteppedClock clock;
    StormBrake transient(clock);
    fail(transient, Fault::transient, 35);
    CHECK_FALSE(transient.engaged());
    transient.failed(Fault::transient);
    CHECK(transient.engaged());

    StormBrake throttle(clock);
    fail(throttle, Fault::throttle, 99);
    CHECK_FALSE(throttle.engaged());
    throttle.failed(Fault::throttle);
    CHECK(throttle.engaged());
    CHECK(throttle.throttled() == 100);
}

TEST_CASE("one failure among twenty requests never engages the brake", "[brake]") {
    SteppedClock clock;
    StormBrake brake(clock);
    for (int i = 0; i < 100'000; ++i) {
        if (i % 20 == 0) brake.failed(Fault::transient);
        else brake.succeeded(true);
    }
    CHECK_FALSE(brake.engaged());
    CHECK(brake.width_limit() == 64);
}

TEST_CASE("an empty bucket halves the width, down to 4, and a hundred successes give one back", "[brake]") {
    SteppedClock clock;
    StormBrake brake(clock);
    brake.observe_width(24);
    fail_until_pause(brake, Fault::transient);
    CHECK(brake.width_limit() == 12);
    for (int i = 0; i < 6; ++i) {
        clock.advance(2s);
        fail(brake, Fault::transient, 8);  // a pause grants 100 tokens
    }
    CHECK(brake.width_limit() == 4);
    for (int i = 0; i < 99; ++i) brake.succeeded(true);
    CHECK(brake.width_limit() == 4);
    brake.succeeded(true);
    CHECK(brake.width_limit() == 5);
}

TEST_CASE("failures of requests that were already in flight when the pause began do not halve again", "[brake]") {
    SteppedClock clock;
    StormBrake brake(clock);
    fail_until_pause(brake, Fault::transient);
    fail(brake, Fault::transient, 64);
    CHECK(brake.width_limit() == 32);
}

TEST_CASE("requests wait out the pause of the brake", "[brake]") {
    SteppedClock clock(SteppedClock::jumps);
    StormBrake brake(clock);
    run_task(brake.pass({}));
    CHECK(clock.sleeps().empty());
    fail_until_pause(brake, Fault::throttle);
    run_task(brake.pass({}));
    CHECK(clock.sleeps() == std::vector<Duration>{1s});
}

TEST_CASE("the brake gives up after five minutes of failure without one success, and never before", "[brake]") {
    SteppedClock clock;
    StormBrake brake(clock);
    clock.advance(1h);  // time without requests is no failure
    brake.failed(Fault::transient);
    clock.advance(4min + 59s);
    run_task(brake.pass({}));
    brake.succeeded(false);
    brake.failed(Fault::transient);
    for (int i = 0; i < 4; ++i) {
        clock.advance(1min);
        brake.failed(Fault::transient);
    }
    clock.advance(59s);
    run_task(brake.pass({}));
    clock.advance(1s);
    brake.failed(Fault::transient);
    try {
        run_task(brake.pass({}));
        FAIL("still hopes");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::unavailable);
    }
}

TEST_CASE("time in which nothing was tried counts neither before nor after a failure", "[brake]") {
    SteppedClock clock;
    StormBrake brake(clock);
    brake.failed(Fault::transient);
    clock.advance(1h);
    run_task(brake.pass({}));
    brake.failed(Fault::transient);  // one failure an hour ago and one now: not an hour of failures
    run_task(brake.pass({}));
    for (int i = 0; i < 5; ++i) {
        clock.advance(1min);
        brake.failed(Fault::transient);
    }
    CHECK_THROWS_AS(run_task(brake.pass({})), Error);
    clock.advance(5min);  // nothing was asked for: worth another try
    run_task(brake.pass({}));
}

TEST_CASE("while the brake is engaged a request survives more failures than its policy counts", "[brake][retry]") {
    SteppedClock clock(SteppedClock::jumps);
    StormBrake brake(clock);
    fail_until_pause(brake, Fault::transient);
    REQUIRE(brake.engaged());
    const Retrier with{.clock = clock, .random = [] { return 0.5; }, .brake = &brake};
    int failures = 12;
    auto operation = [&](int) { return fail_first(failures); };
    CHECK(run_task(retry<int>(with, operation, std::stop_token())) == 1);
    CHECK(failures == 0);
}

TEST_CASE("the brake lets go when half of its bucket is back", "[brake]") {
    SteppedClock clock;
    StormBrake brake(clock);
    fail_until_pause(brake, Fault::transient);
    for (int i = 0; i < 149; ++i) brake.succeeded(true);
    CHECK(brake.engaged());
    brake.succeeded(true);
    CHECK_FALSE(brake.engaged());
}
