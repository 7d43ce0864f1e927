#include "stages/mapper_width.hpp"

#include "tests/support/stepped_clock.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

using namespace af;
using namespace std::chrono_literals;
using test::SteppedClock;

namespace {

// A function that sleeps for `asleep` of its time, on a machine with two processors, at a service that answers so many
// at once.
struct World {
    double asleep = 0;
    unsigned service = 1000;
    double work = 1;  // share of the time in which a process has a batch

    // Batches a second.
    double rate(unsigned processes) const {
        const double wanted = std::min(processes, service) / 0.1;
        return asleep < 1 ? std::min(wanted, 2 / (0.1 * (1 - asleep))) : wanted;
    }
};

std::vector<unsigned> processes(MapperWidth& width, SteppedClock& clock, const World& world, int batches) {
    std::vector<unsigned> seen;
    for (int i = 0; i < batches; ++i) {
        const double rate = world.rate(width.processes());
        const auto step = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / rate));
        clock.advance(step);
        const Duration busy = std::chrono::duration_cast<Duration>(step * width.processes() * world.work);
        const auto awake =
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>(0.1 * (1 - world.asleep)));
        width.answered({1'000'000, busy, std::min(busy, awake)});
        seen.push_back(width.processes());
    }
    return seen;
}

}  // namespace

TEST_CASE("a function that waits gets more processes, one that computes does not", "[mapper_width]") {
    SteppedClock clock;
    MapperWidth waits(clock, 2, 16);
    CHECK(processes(waits, clock, {.asleep = 0.95}, 2000).back() == 16);
    MapperWidth computes(clock, 2, 16);
    const auto seen = processes(computes, clock, {.asleep = 0.1}, 2000);
    CHECK(std::set<unsigned>(seen.begin(), seen.end()) == std::set<unsigned>{2});
}

TEST_CASE("processes that a service does not serve are taken back, and it does not swing", "[mapper_width]") {
    SteppedClock clock;
    MapperWidth width(clock, 2, 16);
    const auto seen = processes(width, clock, {.asleep = 0.95, .service = 4}, 4000);
    CHECK(seen.back() == 4);
    unsigned changes = 0;
    for (std::size_t i = 1; i < seen.size(); ++i) changes += seen[i] != seen[i - 1];
    CHECK(changes <= 2 + 2 * 4000 / (40 * 40));  // up, and a trial that is taken back every 40 samples
}

TEST_CASE("processes that have no batches are not made more", "[mapper_width]") {
    SteppedClock clock;
    MapperWidth width(clock, 2, 16);
    CHECK(processes(width, clock, {.asleep = 0.95, .work = 0.5}, 2000).back() == 2);
}

TEST_CASE("where the system does not tell who sleeps, and where a number was asked for, it stays", "[mapper_width]") {
    SteppedClock clock;
    MapperWidth untold(clock, 2, 16);
    MapperWidth fixed(clock, 2, 2);
    CHECK(fixed.extras_each() == 0);
    for (int i = 0; i < 200; ++i) {
        clock.advance(100ms);
        untold.answered({1'000'000, 200ms, std::nullopt});
        fixed.answered({1'000'000, 200ms, 1ms});
    }
    CHECK(untold.processes() == 2);
    CHECK(fixed.processes() == 2);
}
