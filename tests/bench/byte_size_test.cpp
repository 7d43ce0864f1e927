#include "bench/byte_size.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>

using namespace af::bench;

TEST_CASE("sizes are read in thousands or in 1024s", "[bench]") {
    CHECK(parse_byte_size("2000") == 2000);
    CHECK(parse_byte_size("100MB") == 100'000'000);
    CHECK(parse_byte_size("1.43GB") == 1'430'000'000);
    CHECK(parse_byte_size("64KiB") == 65536);
}

TEST_CASE("what is no size is refused", "[bench]") {
    for (const char* text : {"", "MB", "0", "-5", "10 MB", "10XB", "1e99", "inf", "nan"}) {
        INFO(text);
        CHECK_THROWS_AS(parse_byte_size(text), af::Error);
    }
}

TEST_CASE("a range has two ends, a single size is both", "[bench]") {
    CHECK(parse_size_range("2KB..70KB").least == 2000);
    CHECK(parse_size_range("2KB..70KB").most == 70'000);
    CHECK(parse_size_range("5KB").least == parse_size_range("5KB").most);
    CHECK_THROWS_AS(parse_size_range("70KB..2KB"), af::Error);
}
