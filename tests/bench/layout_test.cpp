#include "bench/layout.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <numeric>
#include <regex>
#include <set>

using namespace af::bench;

namespace {

LayoutOptions reference_set() {
    LayoutOptions options;
    options.bytes = 1'430'000'000;
    return options;
}

}  // namespace

TEST_CASE("every path has the telemetry store's form and is there once", "[bench]") {
    const std::regex form(
        R"((saved_session|idle_daily|test_ping)/\w+/\w+/\d\d\.0(a[12])?/\d{14}\.\d{8}\.v2\.log\.[0-9a-f]{32}\.lzma)");
    std::set<std::string> keys;
    for (const ObjectPlan& plan : plan_layout(reference_set())) {
        CHECK(std::regex_match(plan.key, form));
        CHECK(keys.insert(plan.key).second);
    }
}

TEST_CASE("the path says the dimensions in order", "[bench]") {
    for (const ObjectPlan& plan : plan_layout(reference_set())) {
        const auto& d = plan.dimensions;
        REQUIRE(d.size() == 6);
        const std::string start = d[0] + "/" + d[1] + "/" + d[2] + "/" + d[3] + "/" + d[4] + "." + d[5] + ".v2.log.";
        CHECK(plan.key.starts_with(start));
        CHECK(d[4].substr(0, 8) < d[5]);  // submitted after it was built
    }
}

TEST_CASE("objects are spread over reasons, applications, channels, versions and days", "[bench]") {
    std::vector<std::set<std::string>> values(6);
    for (const ObjectPlan& plan : plan_layout(reference_set())) {
        for (std::size_t i = 0; i < 6; ++i) values[i].insert(plan.dimensions[i]);
    }
    CHECK(values[0].size() == 3);
    CHECK(values[1].size() == 3);
    CHECK(values[2].size() == 4);
    CHECK(values[3].size() > 15);
    CHECK(values[4].size() > 150);
    CHECK(values[5].size() > 100);
}

TEST_CASE("even eight objects have more than one reason, application and channel", "[bench]") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        LayoutOptions options;
        options.bytes = 1'000'000;
        options.seed = seed;
        std::vector<std::set<std::string>> values(3);
        const auto plans = plan_layout(options);
        CHECK(plans.size() == 8);
        for (const ObjectPlan& plan : plans) {
            for (std::size_t i = 0; i < 3; ++i) values[i].insert(plan.dimensions[i]);
        }
        for (const auto& seen : values) CHECK(seen.size() > 1);
    }
}

TEST_CASE("1.43 GB are about 200 objects, the largest near 150 MB, half of them below 3 MB", "[bench]") {
    auto plans = plan_layout(reference_set());
    CHECK(plans.size() == 204);
    std::ranges::sort(plans, {}, &ObjectPlan::bytes);
    CHECK(plans.back().bytes > 130'000'000);
    CHECK(plans.back().bytes < 170'000'000);
    CHECK(plans[plans.size() / 2].bytes < 3'000'000);
    CHECK(plans.front().bytes < 100'000);
}

TEST_CASE("sizes add up to the bytes asked for", "[bench]") {
    for (const std::uint32_t objects : {1u, 2u, 9u, 1000u}) {
        const auto sizes = heavy_tailed_sizes(100'000'000, objects);
        const auto sum = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
        CHECK(sum <= 100'000'000);
        CHECK(sum >= 100'000'000 - objects);
    }
}

TEST_CASE("codecs are used in turn and named by the suffix, none by its absence", "[bench]") {
    LayoutOptions options;
    options.codecs = {Codec::gz, Codec::none};
    const auto plans = plan_layout(options);
    CHECK(plans[0].key.ends_with(".gz"));
    CHECK(plans[1].key.find('.', plans[1].key.find(".log.") + 5) == std::string::npos);
    CHECK(plans[2].key.ends_with(".gz"));
}

TEST_CASE("bad lines are all placed, inside their objects and in order", "[bench]") {
    LayoutOptions options;
    options.bad_lines = 1000;
    std::size_t placed = 0;
    for (const ObjectPlan& plan : plan_layout(options)) {
        placed += plan.bad.size();
        CHECK(std::ranges::is_sorted(plan.bad, {}, &BadSpot::after_bytes));
        if (!plan.bad.empty()) CHECK(plan.bad.back().after_bytes < plan.bytes);
    }
    CHECK(placed == 1000);
}

TEST_CASE("a layout with more objects than bytes is refused", "[bench]") {
    LayoutOptions options;
    options.bytes = 10;
    options.objects = 11;
    CHECK_THROWS_AS(plan_layout(options), af::Error);
}
