#include "stages/pairs/small_value.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace af;

namespace {

constexpr FoldOperation kWholes[] = {FoldOperation::sum, FoldOperation::count, FoldOperation::min, FoldOperation::max,
                                     FoldOperation::mean};

std::string part_of(FoldOperation operation, const SmallValue& value) {
    std::string part;
    append_part(operation, value, part);
    return part;
}

std::string folded_part(const FoldStages& stages, const std::vector<std::string>& values) {
    Fold fold;
    for (const std::string& value : values) fold.add(stages.combine, value);
    return fold.result(stages.join == FoldOperation::sum_join && stages.combine == FoldOperation::count ? stages.combine
                                                                                                        : stages.join);
}

}  // namespace

TEST_CASE("small values add up to the parts that a fold makes of them", "[pairs]") {
    for (const FoldOperation whole : kWholes) {
        const FoldStages stages = in_parts(whole);
        const std::vector<std::string> values{"7", "-3", "0", "12345678901"};
        SmallValue sum = *small_value(stages.combine, values.front());
        for (std::size_t i = 1; i < values.size(); ++i)
            REQUIRE(add_small(stages.combine, sum, *small_value(stages.combine, values[i])));
        CHECK(part_of(stages.combine, sum) == folded_part(stages, values));
        CHECK(fold_of(stages, sum).result(stages.join) == part_of(stages.combine, sum));
    }
}

TEST_CASE("what is no plain whole number of 64 bits is not small", "[pairs]") {
    for (const char* text : {"1.5", "", "+1", " 1", "1\r", "9223372036854775808", "x"}) {
        CHECK_FALSE(small_value(FoldOperation::sum_part, text));
        CHECK_FALSE(small_value(FoldOperation::mean_part, text));
        CHECK_FALSE(small_value(FoldOperation::min, text));
    }
    for (const char* text : {"007", "-0", "00"})
        CHECK_FALSE(small_value(FoldOperation::max, text));  // its text would be lost
    CHECK(small_value(FoldOperation::count, "x"));
}

TEST_CASE("counts and sums of a builtin map are small, and not added to each other", "[pairs]") {
    const auto count = small_value(FoldOperation::join_parts, "count 3");
    const auto sum = small_value(FoldOperation::join_parts, "sum -3");
    REQUIRE(count);
    REQUIRE(sum);
    SmallValue both = *count;
    CHECK_FALSE(add_small(FoldOperation::join_parts, both, *sum));
    for (const char* text : {"count -1", "sum 1;0.5", "mean 1 2", "count", "sum  1", "unique x"}) {
        CHECK_FALSE(small_value(FoldOperation::join_parts, text));
    }
}

TEST_CASE("a sum that leaves 64 bits, and a count of a mean that leaves 32, is left as it was", "[pairs]") {
    SmallValue most{.number = INT64_MAX};
    CHECK_FALSE(add_small(FoldOperation::sum_part, most, {.number = 1}));
    CHECK(most.number == INT64_MAX);
    SmallValue many{.number = 1, .count = UINT32_MAX};
    CHECK_FALSE(add_small(FoldOperation::mean_part, many, {.number = 1}));
    CHECK(many.number == 1);
}

TEST_CASE("the result of a key with one part is what a fold gives", "[pairs]") {
    for (const FoldOperation operation :
         {FoldOperation::sum_whole, FoldOperation::whole_parts, FoldOperation::min, FoldOperation::sum_join}) {
        const bool of_parts = operation == FoldOperation::whole_parts;
        for (const std::string text : {"5", "-17", "0"}) {
            const std::string part = of_parts ? "sum " + text : text;
            Fold fold;
            fold.add(operation, part);
            const auto one = result_of_one(operation, part);
            REQUIRE(one);
            CHECK(*one == fold.result(operation));
        }
    }
    CHECK_FALSE(result_of_one(FoldOperation::sum_whole, "1;0.5"));
    CHECK_FALSE(result_of_one(FoldOperation::mean_whole, "3 1"));
    CHECK_FALSE(result_of_one(FoldOperation::sum, "007"));
}
