#include "cli/duration.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and a unit", "[duration]") {
    CHECK(parse_duration("90s") == 90s);
    CHECK(parse_duration("15m") == 15min);
    CHECK(parse_duration("24h") == 24h);
    CHECK(parse_duration("5d") == 120h);
    CHECK(parse_duration("0s") == 0s);
}

TEST_CASE("what is no duration is refused", "[duration]") {
    const auto text = GENERATE("", "24", "h", "1.5h", "-1h", "+1h", "1 h", "1H", "1h30m", "1w", "99999999999999999999s",
                               "40000d", "1h\n");
    INFO(text);
    CHECK_FALSE(parse_duration(text));
    CHECK_THROWS_WITH(duration_of(text, "--deadline"), Catch::StartsWith("--deadline: "));
}
