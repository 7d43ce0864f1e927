#include "stages/text.hpp"

#include <catch2/catch.hpp>

using namespace af;

TEST_CASE("counts, sizes and durations read as people write them", "[text]") {
    CHECK(count_text(0) == "0");
    CHECK(count_text(999) == "999");
    CHECK(count_text(1'000) == "1,000");
    CHECK(count_text(12'034'005) == "12,034,005");
    CHECK(plural(1, "object") == "1 object");
    CHECK(plural(1204, "object") == "1,204 objects");
    CHECK(size_text(999) == "999 B");
    CHECK(size_text(1'430) == "1.4 kB");
    CHECK(size_text(143'000'000) == "143 MB");
    CHECK(size_text(999'999'999) == "1.0 GB");
    CHECK(duration_text(0.84) == "0.8 s");
    CHECK(duration_text(47) == "47 s");
    CHECK(duration_text(200) == "3 min 20 s");
    CHECK(duration_text(7500) == "2 h 5 min");
}
