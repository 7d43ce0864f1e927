#include "stages/pairs/fold.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace af;

namespace {

std::string folded(FoldOperation operation, const std::vector<std::string>& values) {
    Fold fold;
    for (const std::string& value : values) fold.add(operation, value);
    return fold.result(operation);
}

}  // namespace

TEST_CASE("the built-in operations fold the values of a key", "[pairs]") {
    CHECK(folded(FoldOperation::sum, {"1", "2", " 3 ", "+4"}) == "10");
    CHECK(folded(FoldOperation::sum, {"1", "0.5"}) == "1.5");
    CHECK(folded(FoldOperation::sum, {"-9223372036854775808"}) == "-9223372036854775808");
    CHECK(folded(FoldOperation::count, {"x", "", "y"}) == "3");
    CHECK(folded(FoldOperation::min, {"10", "9.50", "11"}) == "9.50");
    CHECK(folded(FoldOperation::max, {"10", "9.50", "011"}) == "011");
    CHECK(folded(FoldOperation::mean, {"1", "2"}) == "1.5");
    CHECK(folded(FoldOperation::max, {"1700000000000000000", "1700000000000000100"}) == "1700000000000000100");
    CHECK(folded(FoldOperation::min, {"-1", "-1.5", "7"}) == "-1.5");
}

TEST_CASE("a sum that leaves 64 bits goes on as a double instead of wrapping", "[pairs]") {
    CHECK(folded(FoldOperation::sum, {"9223372036854775807", "9223372036854775807"}) == "1.8446744073709552e+19");
}

TEST_CASE("sums of fractions lose nothing to cancellation", "[pairs]") {
    CHECK(folded(FoldOperation::sum, {"0.5", "1e100", "1", "-1e100"}) == "1.5");
}

TEST_CASE("a value that is no finite number is refused with the value in the message", "[pairs]") {
    for (const char* bad : {"abc", "", "nan", "inf", "1 2", "0x10"})
        CHECK_THROWS_AS(folded(FoldOperation::sum, {bad}), Error);
}

TEST_CASE("folding the parts of a combiner gives what folding all the values gives", "[pairs]") {
    const auto operation =
        GENERATE(FoldOperation::sum, FoldOperation::count, FoldOperation::min, FoldOperation::max, FoldOperation::mean);
    const FoldStages stages = combinable(operation);
    const std::vector<std::string> parts{folded(stages.combine, {"4", "8"}), folded(stages.combine, {"9"})};
    CHECK(folded(stages.reduce, parts) == folded(operation, {"4", "8", "9"}));
}
