#include "bench/tune/halving.hpp"

#include "bench/tune/screen.hpp"
#include "bench/tune/space.hpp"
#include "engine/error.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>

using namespace af;
using namespace af::bench;

namespace {

// A machine on which a run's time is known: 10 s for all data, less for workers near 3 and decoders near 2.
double modelled(const Tuning& tuning, double share) {
    const double workers = tuning.workers == 0 ? 2 : tuning.workers;
    const double decoders = tuning.decoders == 0 ? 2 : tuning.decoders;
    return share * 10 * (1 + 0.2 * std::abs(workers - 3) + 0.1 * std::abs(decoders - 2));
}

// The slowest of fetching, decoding and mapping sets the pace.
double bound_by_the_slowest(const Tuning& tuning, double share) {
    const double workers = tuning.workers == 0 ? 2 : tuning.workers;
    const double decoders = tuning.decoders == 0 ? 2 : tuning.decoders;
    const double fetch = tuning.fetch == 0 ? 6 : tuning.fetch;
    const double cpu = 1.5 * (1 + 0.02 * std::max(0.0, workers + decoders - 4));
    return share * 8 * std::max({2 / std::min(decoders, 2.0), 1 / std::min(workers, 2.0), cpu, 8 / fetch});
}

// No value of a setting is good by itself.
double two_must_match(const Tuning& tuning, double share) {
    const double fetch = tuning.fetch == 0 ? 3 : tuning.fetch;
    const double depth = tuning.depth == 0 ? 4 : tuning.depth;
    return share * 12 * (1 + 0.15 * std::abs(std::log2(fetch * depth) - 5));
}

std::vector<Tuning> grid() {
    return combinations({.workers = {1, 2, 3}, .decoders = {1, 2, 3}, .fetch = {0, 2, 8}, .depth = {2, 4, 16}}, 2);
}

struct Spent {
    Measured found;
    double seconds = 0, all_seconds = 0;
};

// Of a job that takes 2 s to start; with runs that take longer, by up to `noise`, than they should.
Spent spent_on(double (*machine)(const Tuning&, double), double noise, unsigned seed = 0) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> longer(0, noise);
    Spent spent;
    const auto measure = [&](const Tuning& tuning, double share) {
        const double seconds = (2 + machine(tuning, share)) * (1 + longer(random));
        spent.seconds += seconds;
        return seconds;
    };
    spent.found = best_of(halve(grid(), 1, measure));
    for (const Tuning& tuning : grid()) spent.all_seconds += 2 + machine(tuning, 1);
    return spent;
}

}  // namespace

TEST_CASE("halving finds the fastest settings in a sixth of what measuring all takes") {
    const Spent spent = spent_on(modelled, 0);
    CHECK(spent.found.tuning.workers == 3);
    CHECK(spent.found.tuning.decoders == 2);
    CHECK(spent.found.speedup == Approx((2 + modelled({}, 1)) / (2 + modelled(spent.found.tuning, 1))));
    CHECK(spent.seconds < spent.all_seconds / 6);
}

TEST_CASE(
    "halving comes within 5 % of the best in a fifth of the time, whatever bounds the job, though runs are off by up "
    "to 4 %") {
    for (const auto& machine : {modelled, bound_by_the_slowest, two_must_match}) {
        double best = machine({}, 1);
        for (const Tuning& tuning : grid()) best = std::min(best, machine(tuning, 1));
        for (unsigned seed = 0; seed < 50; ++seed) {
            const Spent spent = spent_on(machine, 0.04, seed);
            CHECK(machine(spent.found.tuning, 1) <= 1.05 * best);
            CHECK(spent.seconds < spent.all_seconds / 5);
        }
    }
}

TEST_CASE(
    "each rung measures fewer settings on more data, the last in turns with the baseline, and costs no more than "
    "foretold") {
    std::map<double, unsigned> runs;
    const auto measured = halve(grid(), 0.5, [&](const Tuning& tuning, double share) {
        ++runs[share];
        return modelled(tuning, share);
    });
    CHECK(runs[0.5 / 8] == covering(grid()).size() + 1);
    CHECK(runs[0.5 / 4] == 8);  // the baseline, measured in any case, is among the best of the first
    CHECK(runs.size() == 3);
    CHECK(measured.back().rung == kLastRung);
    const HalvingCost most = halving_cost(grid());
    CHECK(runs[0.5 / 8] + runs[0.5 / 4] + runs[0.5] <= most.runs);
    CHECK(runs[0.5 / 8] / 8.0 + runs[0.5 / 4] / 4.0 + runs[0.5] <= most.data);
}

TEST_CASE("the baseline is measured once a rung although it is a candidate too") {
    std::vector<Tuning> candidates = grid();
    candidates.push_back({.processors = 2});
    std::map<double, unsigned> runs;
    halve(candidates, 1, [&](const Tuning& tuning, double share) {
        runs[share] += tuning == Tuning{.processors = 2};
        return modelled(tuning, share);
    });
    CHECK(runs[1.0 / 8] == 1);
    CHECK(runs[1.0 / 4] == 1);
}

TEST_CASE("where nothing is faster by more than 2 %, what af run chooses by itself is kept") {
    const auto measured =
        halve(grid(), 1, [](const Tuning& tuning, double share) { return share * (tuning.depth == 4 ? 9.9 : 10); });
    CHECK(best_of(measured).tuning == Tuning{.processors = 2});
}

TEST_CASE("what was faster by luck in one turn is not chosen") {
    unsigned turn = 0;
    const Tuning lucky{.processors = 2, .workers = 3};
    const auto measured = race({lucky}, 1, kLastRung, [&](const Tuning& tuning, double) {
        if (tuning.workers == 3) return ++turn == 1 ? 5.0 : 10.0;
        return 10.0;
    });
    CHECK(measured.front().tuning == lucky);
    CHECK(best_of(measured).tuning == Tuning{.processors = 2});
}

TEST_CASE("what has left the race is not chosen, also when what it lost to proves slower") {
    const Tuning first{.processors = 2, .workers = 3}, second{.processors = 2, .workers = 1};
    unsigned turn = 0;
    const auto measured = race({first, second}, 1, kLastRung, [&](const Tuning& tuning, double) {
        if (tuning.workers == 0) ++turn;
        if (tuning.workers == 3) return turn == 1 ? 1 / 1.30 : 1 / 1.01;
        return tuning.workers == 1 ? 1 / 1.20 : 1.0;
    });
    CHECK(best_of(measured).tuning == Tuning{.processors = 2});
}

TEST_CASE("a race is over when it is decided: what is clearly slower runs once, what is clearly faster twice") {
    const Tuning fast{.processors = 2, .workers = 3}, slow{.processors = 2, .workers = 1};
    std::map<unsigned, unsigned> runs;
    const auto measured = race({fast, slow}, 1, kLastRung, [&](const Tuning& tuning, double) {
        ++runs[tuning.workers];
        return tuning.workers == 3 ? 9 : 10;
    });
    CHECK(runs == std::map<unsigned, unsigned>{{0, 2}, {1, 1}, {3, 2}});
    CHECK(best_of(measured).tuning == fast);
    CHECK(best_of(measured).runs == 2);
}

TEST_CASE("a machine that slows down between turns changes no ratio") {
    double slower = 1;
    const Tuning fast{.processors = 2, .workers = 3};
    const auto measured = race({fast}, 1, kLastRung, [&](const Tuning& tuning, double) {
        if (tuning.workers == 0) slower *= 2;  // the baseline goes first
        return slower * (tuning.workers == 3 ? 5 : 10);
    });
    CHECK(measured.front().tuning == fast);
    CHECK(measured.front().least == Approx(2));
    CHECK(measured.front().most == Approx(2));
}

TEST_CASE("settings that make no difference to this input are measured once, as what af run chooses by itself") {
    Job job;
    job.map.code.language = Language::builtin;
    const auto one_object = distinct_in_effect(grid(), job, false, InputShape(1));
    CHECK(one_object.front() == Tuning{.processors = 2});
    CHECK(one_object.size() < grid().size() / 2);
    for (const Tuning& tuning : one_object) CHECK(tuning.decoders <= 1);
    CHECK(distinct_in_effect(grid(), job, false, InputShape(1000)).size() == grid().size());
}

TEST_CASE("values to try are given as words, and what is none is named") {
    CHECK(parse_values("--workers", "8,auto,2,2") == std::vector<unsigned>{0, 2, 8});
    try {
        parse_values("--depth", "4,x");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.item() == "--depth");
        CHECK_THAT(error.what(), Catch::Contains("\"x\""));
    }
    CHECK_THROWS_AS(parse_values("--depth", "0"), Error);
    CHECK_THROWS_AS(parse_values("--depth", ""), Error);
}

TEST_CASE("one processor still has several values to try") {
    const TuneValues values = usual_values(1, false);
    CHECK(values.workers == std::vector<unsigned>{1, 2});
    CHECK(usual_values(8, true).workers == std::vector<unsigned>{4, 8, 12});
}
