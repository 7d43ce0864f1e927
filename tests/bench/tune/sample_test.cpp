#include "bench/tune/sample.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace af::bench;

namespace {

std::vector<InputObject> objects(std::size_t count, std::uint64_t bytes) {
    std::vector<InputObject> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back({"object-" + std::to_string(i), bytes});
    return made;
}

}  // namespace

TEST_CASE("a sample has about the share that was asked for, and is the same each time") {
    const auto all = objects(1000, 1000);
    const auto tenth = sample(all, 0.1);
    CHECK(tenth.size() == 100);
    const auto again = sample(all, 0.1);
    CHECK(std::equal(tenth.begin(), tenth.end(), again.begin(), again.end(),
                     [](const InputObject& a, const InputObject& b) { return a.name == b.name; }));
    CHECK(sample(all, 1).size() == 1000);
}

TEST_CASE("one huge object does not become a small sample") {
    auto all = objects(100, 1000);
    all.push_back({"huge", 10'000'000});
    for (const InputObject& object : sample(all, 0.002)) CHECK(object.name != "huge");
    CHECK(total_bytes(sample(all, 1)) == 10'100'000);
}

TEST_CASE("a sample is never empty: the smallest object stands for all") {
    auto all = objects(3, 1000);
    all.push_back({"small", 10});
    const auto one = sample(all, 0.0001);
    REQUIRE(one.size() == 1);
    CHECK(one[0].name == "small");
}

TEST_CASE("objects are read from the lines of af index; one whose size is not known is refused") {
    const auto all = parse_index("a/b\t12\nwith\ttab\t3\n");
    REQUIRE(all.size() == 2);
    CHECK(all[1].name == "with\ttab");
    CHECK(total_bytes(all) == 15);
    CHECK_THROWS_WITH(parse_index("a\n"), Catch::Contains("not known"));
}
