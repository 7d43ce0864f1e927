#include "stages/line_parts.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>

using namespace af;

TEST_CASE("output is cut at line ends, whatever the reads", "[map]") {
    LineParts lines(8);
    lines.add("one\ntw");
    CHECK_FALSE(lines.ready());
    lines.add("o\nthree");
    REQUIRE(lines.ready());
    CHECK(lines.take() == "one\ntwo\n");
    CHECK_FALSE(lines.ready());
    CHECK(lines.finish() == "three\n");
    CHECK(lines.finish().empty());
}

TEST_CASE("a line longer than a part is a part of its own, one above the limit is refused", "[map]") {
    LineParts lines(4, 10);
    lines.add("123456789");
    CHECK_FALSE(lines.ready());
    lines.add("0\n");
    REQUIRE(lines.ready());
    CHECK(lines.take() == "1234567890\n");
    CHECK_THROWS_AS(lines.add("12345678901"), Error);
}
