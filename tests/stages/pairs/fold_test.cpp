#include "stages/pairs/fold.hpp"

#include "engine/error.hpp"

#include <algorithm>
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

TEST_CASE("a sum that leaves 64 bits keeps all its digits", "[pairs]") {
    CHECK(folded(FoldOperation::sum, {"9223372036854775807", "9223372036854775807"}) == "18446744073709551614");
}

TEST_CASE("the order of the values does not show in what they fold to", "[pairs]") {
    const auto operation = GENERATE(FoldOperation::sum, FoldOperation::mean, FoldOperation::min, FoldOperation::max);
    std::vector<std::string> values{
        "0.1", "3", "1e16", "3.0", "0.7", "03", "-1e16", "0.10", "1e-30", "9007199254740993", "9007199254740992.0"};
    const std::string whole = folded(operation, values);
    for (int i = 0; i < 50; ++i) {
        std::next_permutation(values.begin(), values.end());
        std::rotate(values.begin(), values.begin() + 1, values.end());
        CHECK(folded(operation, values) == whole);
    }
}

TEST_CASE("sums of fractions lose nothing to cancellation", "[pairs]") {
    CHECK(folded(FoldOperation::sum, {"0.5", "1e100", "1", "-1e100"}) == "1.5");
}

TEST_CASE("a value that is no number within bounds is refused with the value in the message", "[pairs]") {
    for (const char* bad : {"abc", "", "nan", "inf", "1 2", "0x10", "1e300"})
        CHECK_THROWS_AS(folded(FoldOperation::sum, {bad}), Error);
}

TEST_CASE("folding parts, and parts of parts, gives what folding all the values gives", "[pairs]") {
    const auto operation =
        GENERATE(FoldOperation::sum, FoldOperation::count, FoldOperation::min, FoldOperation::max, FoldOperation::mean);
    const FoldStages stages = in_parts(operation);
    const std::vector<std::string> parts{folded(stages.combine, {"4", "0.1"}), folded(stages.combine, {"9"}),
                                         folded(stages.combine, {"0.2"})};
    const std::vector<std::string> joined{folded(stages.join, {parts[0], parts[2]}), parts[1]};
    const std::string all = folded(operation, {"4", "0.1", "9", "0.2"});
    CHECK(folded(stages.reduce, parts) == all);
    CHECK(folded(stages.reduce, joined) == all);
}
