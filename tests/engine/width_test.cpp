#include "engine/width.hpp"

#include "engine/join.hpp"
#include "engine/width_control.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

using namespace af;
using namespace std::chrono_literals;
using test::run_task;
using test::SteppedClock;

namespace {

// A network and a consumer: the rate grows with the width up to `network`, what is above `consumer` waits.
struct World {
    double per_transfer = 1;
    double network = 1e9;
    double consumer = 1e9;
    unsigned throttled_above = 1000;

    WidthSample at(unsigned width) const {
        WidthSample sample;
        const double offered = std::min(per_transfer * width, network);
        sample.bytes_per_second = std::min(offered, consumer);
        sample.starved = offered < consumer ? 1 - offered / consumer : 0;
        sample.blocked = offered > consumer ? 1 - consumer / offered : 0;
        sample.throttled = width > throttled_above;
        return sample;
    }
};

std::vector<unsigned> widths(const World& world, int samples, WidthBounds bounds = {}) {
    WidthState state;
    state.width = bounds.start;
    std::vector<unsigned> seen;
    for (int i = 0; i < samples; ++i) {
        state = next_width(state, world.at(state.width), bounds);
        seen.push_back(state.width);
    }
    return seen;
}

Task<void> hold_slot(Slots& slots, unsigned& now, unsigned& most, Clock& clock) {
    Slots::Slot slot = co_await slots.acquire({});
    most = std::max(most, ++now);
    co_await clock.sleep(1ms, {});
    --now;
}

Task<void> expect_no_slot(Slots& slots, std::stop_token stop) {
    Slots::Slot slot = co_await slots.acquire(stop);
    CHECK_FALSE(slot);
}

Task<void> stop_it(std::stop_source& stop) {
    stop.request_stop();
    co_return;
}

}  // namespace

TEST_CASE("the width doubles to its maximum in a few samples while the consumer starves and the rate grows",
          "[width]") {
    const auto seen = widths({.consumer = 1000}, 6);
    CHECK(seen.back() == 64);
}

TEST_CASE("the width stops growing where more of it brings nothing, and stays there", "[width]") {
    const auto seen = widths({.network = 16, .consumer = 1000}, 40);
    CHECK(std::count(seen.begin() + 8, seen.end(), 16u) == 32);
}

TEST_CASE("a growth that brought nothing is tried again only much later", "[width]") {
    const auto seen = widths({.network = 16, .consumer = 1000}, 400);
    CHECK(std::count(seen.begin(), seen.end(), 32u) <= 2 * 400 / 40);
    CHECK(*std::max_element(seen.begin(), seen.end()) == 32);
}

TEST_CASE("the width rests when the consumer has enough", "[width]") {
    const auto seen = widths({.consumer = 20}, 100);
    const std::set<unsigned> late(seen.begin() + 20, seen.end());
    CHECK(late == std::set<unsigned>{32});
}

TEST_CASE("the width falls slowly while most transfers wait for room, to where they do not", "[width]") {
    const auto seen = widths({.consumer = 2}, 100);
    const std::set<unsigned> late(seen.begin() + 50, seen.end());
    CHECK(late == std::set<unsigned>{4});
    const auto slow = widths({.consumer = 0.1}, 100);
    CHECK(slow.back() == 2);
}

TEST_CASE("the width falls when throttled, to no less than four, and does not climb back at once", "[width]") {
    const auto seen = widths({.consumer = 1000, .throttled_above = 20}, 30);
    CHECK(seen.back() <= 20);
    CHECK(seen.back() >= 12);
    const auto always = widths({.consumer = 1000, .throttled_above = 0}, 60);
    CHECK(always.back() == 4);
}

TEST_CASE("a width fixed by the user does not move", "[width]") {
    const WidthBounds fixed{.min = 10, .max = 10, .start = 10};
    for (const World& world : {World{.consumer = 1000}, World{.consumer = 0.1}, World{.throttled_above = 0}}) {
        CHECK(std::set<unsigned>{10} == [&] {
            const auto seen = widths(world, 50, fixed);
            return std::set<unsigned>(seen.begin(), seen.end());
        }());
    }
}

TEST_CASE("no more coroutines hold slots than there are, and each gets one", "[width]") {
    Slots slots(3);
    SteppedClock clock(SteppedClock::jumps);
    unsigned now = 0;
    unsigned most = 0;
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 20; ++i) tasks.push_back(hold_slot(slots, now, most, clock));
    run_task(join(std::move(tasks)));
    CHECK(most == 3);
    CHECK(slots.taken() == 0);
    CHECK(clock.sleeps().size() == 20);
}

TEST_CASE("stop ends the wait for a slot", "[width]") {
    Slots slots(0);
    std::stop_source stop;
    std::vector<Task<void>> tasks;
    tasks.push_back(expect_no_slot(slots, stop.get_token()));
    tasks.push_back(stop_it(stop));
    run_task(join(std::move(tasks)));
}

namespace {

// Transfers take `width` slots and hand on bytes in step, none of them ever blocked.
void run_starved(WidthControl& control, SteppedClock& clock, int periods) {
    std::vector<Slots::Slot> held;
    for (int i = 0; i < periods; ++i) {
        while (control.slots().taken() < control.width()) held.push_back(run_task(control.slots().acquire({})));
        clock.advance(250ms);
        control.transferred(1000 * control.width());
    }
}

}  // namespace

TEST_CASE("the control widens from what transfers report", "[width]") {
    SteppedClock clock;
    WidthControl control(clock, {});
    run_starved(control, clock, 6);
    CHECK(control.width() == 64);
}

TEST_CASE("the control narrows when transfers report that they are blocked", "[width]") {
    SteppedClock clock;
    WidthControl control(clock, {});
    Slots::Slot slot = run_task(control.slots().acquire({}));
    const WidthControl::Blocked blocked(control);
    for (int i = 0; i < 12; ++i) {
        clock.advance(250ms);
        control.transferred(1000);
    }
    CHECK(control.width() == 4);
}

TEST_CASE("the control never exceeds what the brake allows, and throttling narrows it", "[width][brake]") {
    SteppedClock clock;
    StormBrake brake(clock);
    WidthControl control(clock, {}, &brake);
    run_starved(control, clock, 6);
    REQUIRE(control.width() == 64);
    brake.failed(Fault::throttle);
    run_starved(control, clock, 1);
    CHECK(control.width() == 48);
    while (!brake.engaged()) brake.failed(Fault::transient);
    run_starved(control, clock, 1);
    CHECK(control.width() == 24);
}
