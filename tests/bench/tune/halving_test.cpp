#include "bench/tune/halving.hpp"

#include "bench/tune/space.hpp"
#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>

using namespace af;
using namespace af::bench;

namespace {

// A machine on which a run's time is known: 10 s for all data, less for workers near 3 and decoders near 2.
double modelled(const Tuning& tuning, double share) {
    const double workers = tuning.workers == 0 ? 2 : tuning.workers;
    const double decoders = tuning.decoders == 0 ? 2 : tuning.decoders;
    return share * 10 * (1 + 0.2 * std::abs(workers - 3) + 0.1 * std::abs(decoders - 2));
}

std::vector<Tuning> grid() {
    return combinations({.workers = {1, 2, 3}, .decoders = {1, 2, 3}, .fetch = {0, 2, 8}, .depth = {2, 4, 16}}, 2);
}

}  // namespace

TEST_CASE("halving finds the fastest settings in less than a fifth of what measuring all takes") {
    double spent = 0;
    const auto measured = halve(grid(), 1, [&](const Tuning& tuning, double share) {
        const double seconds = modelled(tuning, share);
        spent += seconds;
        return seconds;
    });
    double all = 0;
    for (const Tuning& tuning : grid()) all += modelled(tuning, 1);
    const Measured best = best_of(measured);
    CHECK(best.tuning.workers == 3);
    CHECK(best.tuning.decoders == 2);
    CHECK(best.speedup == Approx(1.2));
    CHECK(best.runs == kTurns);
    CHECK(spent < all / 5);
    CHECK(halving_cost(grid().size()) < static_cast<double>(grid().size()) / 5);
}

TEST_CASE("halving comes within 5 % of the best although every run is off by up to 4 %") {
    unsigned calls = 0;
    const auto measured = halve(grid(), 1, [&](const Tuning& tuning, double share) {
        return modelled(tuning, share) * (1 + 0.04 * std::sin(12.9898 * ++calls));
    });
    CHECK(modelled(best_of(measured).tuning, 1) <= 1.05 * 10);
}

TEST_CASE("each rung measures fewer settings on more data, the last in turns with the baseline") {
    std::map<double, unsigned> runs;
    const auto measured = halve(grid(), 0.5, [&](const Tuning& tuning, double share) {
        ++runs[share];
        return modelled(tuning, share);
    });
    CHECK(runs == std::map<double, unsigned>{{0.5 / 32, 81 + 2}, {0.05, 21 + 2}, {0.5 / 3, 4 + 2}, {0.5, 3 * kTurns}});
    CHECK(measured.back().rung == kLastRung);
}

TEST_CASE("where nothing is faster by more than 2 %, what af run chooses by itself is kept") {
    const auto measured =
        halve(grid(), 1, [](const Tuning& tuning, double share) { return share * (tuning.depth == 4 ? 9.9 : 10); });
    CHECK(best_of(measured).tuning == Tuning{.processors = 2});
}

TEST_CASE("a machine that slows down between turns changes no ratio") {
    double slower = 1;
    const Tuning fast{.processors = 2, .workers = 3};
    const auto measured = in_turns({fast}, 1, kLastRung, [&](const Tuning& tuning, double) {
        if (tuning.workers == 0) slower *= 2;  // the baseline goes first
        return slower * (tuning.workers == 3 ? 5 : 10);
    });
    CHECK(measured.front().tuning == fast);
    CHECK(measured.front().least == Approx(2));
    CHECK(measured.front().most == Approx(2));
}

TEST_CASE("values to try are given as words, and what is none is named") {
    CHECK(parse_values("--workers", "8,auto,2,2") == std::vector<unsigned>{0, 2, 8});
    CHECK_THROWS_WITH(parse_values("--depth", "4,x"), Catch::Contains("--depth") && Catch::Contains("\"x\""));
    CHECK_THROWS_AS(parse_values("--depth", "0"), Error);
    CHECK_THROWS_AS(parse_values("--depth", ""), Error);
}

TEST_CASE("one processor still has several values to try") {
    const TuneValues values = usual_values(1, false);
    CHECK(values.workers == std::vector<unsigned>{1, 2});
    CHECK(usual_values(8, true).workers == std::vector<unsigned>{4, 8, 12});
}
