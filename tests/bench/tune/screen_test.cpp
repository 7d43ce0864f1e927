#include "bench/tune/screen.hpp"

#include "bench/tune/space.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace af;
using namespace af::bench;

namespace {

std::vector<Tuning> grid() {
    return combinations({.workers = {1, 2, 3}, .decoders = {1, 2, 3}, .fetch = {0, 2, 8}, .depth = {2, 4, 16}}, 2);
}

double modelled(const Tuning& tuning) {
    return (tuning.workers == 3 ? 0.8 : 1) * (tuning.decoders == 1 ? 1.5 : 1) * (tuning.depth == 2 ? 1.1 : 1);
}

}  // namespace

TEST_CASE("few settings have any two values of two settings among them") {
    const auto few = covering(grid());
    CHECK(few.size() < 13);
    for (const Tuning& wanted : grid()) {
        CHECK(std::any_of(few.begin(), few.end(), [&](const Tuning& one) {
            return one.workers == wanted.workers && one.decoders == wanted.decoders;
        }));
        CHECK(std::any_of(few.begin(), few.end(),
                          [&](const Tuning& one) { return one.fetch == wanted.fetch && one.depth == wanted.depth; }));
    }
}

TEST_CASE("of two settings with several values all combinations are measured") {
    const auto all = combinations({.workers = {1, 2}, .decoders = {1, 2}, .fetch = {0}, .depth = {4}}, 2);
    CHECK(covering(all).size() == all.size());
}

TEST_CASE("what was not measured is predicted from what was") {
    std::vector<std::pair<Tuning, double>> seconds;
    for (const Tuning& tuning : covering(grid())) seconds.emplace_back(tuning, modelled(tuning));
    const auto order = fastest_predicted(grid(), seconds);
    REQUIRE(order.size() == grid().size());
    CHECK(modelled(order.front()) == Approx(0.8));
    CHECK(modelled(order.back()) == Approx(1.65));
    CHECK(std::is_sorted(order.begin(), order.end(),
                         [](const Tuning& a, const Tuning& b) { return modelled(a) < modelled(b) - 1e-9; }));
}
