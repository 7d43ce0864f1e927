#include "stages/builtin/exact_sum.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <algorithm>
#include <cmath>
#include <random>

using namespace af;

namespace {

std::string sum_of(const std::vector<std::string>& texts) {
    ExactSum sum;
    for (const std::string& text : texts) sum.add(read_number(text).value());
    return to_text(sum.result());
}

}  // namespace

TEST_CASE("a number is what JSON says, and whole whenever its value is", "[builtin]") {
    for (const char* text :
         {"", "-", "+1", "01", ".5", "5.", "1e", "nan", "inf", "0x1", "1 ", " 1", "--1", "1e400", "1e300", "one"}) {
        CAPTURE(text);
        CHECK_FALSE(read_number(text));
    }
    for (const char* text : {"3", "3.0", "3e0", "30e-1"}) CHECK(to_text(read_number(text).value()) == "3");
    for (const char* text : {"0", "-0", "-0.0", "0e5", "1e-400"}) CHECK(to_text(read_number(text).value()) == "0");
    CHECK(to_text(read_number("18446744073709551616").value()) == "18446744073709551616");
    CHECK_FALSE(read_number("18446744073709551617").value().is_whole == false);  // rounds to 2^64
    CHECK(to_text(read_number("1e20").value()) == "1e+20");
    CHECK(to_text(read_number("0.1").value()) == "0.1");
}

TEST_CASE("whole numbers and others compare by value, without rounding", "[builtin]") {
    const std::vector<std::string> order{"-1e30", "-18446744073709551616", "-1.5", "-1", "-0.5", "0", "0.5", "1", "1.5",
                                         "9007199254740992", "9007199254740993", "18446744073709551616", "1e30"};
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t j = 0; j < order.size(); ++j) {
            CAPTURE(order[i], order[j]);
            const int found = compare(read_number(order[i]).value(), read_number(order[j]).value());
            CHECK((found < 0) == (i < j));
            CHECK((found > 0) == (i > j));
        }
    }
}

TEST_CASE("a sum is exact until it is rounded once", "[builtin]") {
    CHECK(sum_of({"1e100", "1", "-1e100"}) == "1");
    CHECK(sum_of({"0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1"}) == "1");
    CHECK(sum_of({"9007199254740992", "1", "1"}) == "9007199254740994");
    CHECK(sum_of({"9007199254740992", "0.5", "0.5"}) == "9007199254740992");  // half way: to the even one
    CHECK(sum_of({"9007199254740992", "0.5", "0.5", "1e-30"}) == "9007199254740994");
    CHECK(sum_of({"9223372036854775807", "9223372036854775807", "9223372036854775807"}) == "27670116110564327421");
    CHECK(sum_of({"1.5", "1.5"}) == "3");
    CHECK(sum_of({}) == "0");
}

TEST_CASE("the text of a sum does not depend on the order or the grouping of its numbers", "[builtin]") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 300; ++round) {
        std::vector<Number> numbers;
        const int count = 1 + static_cast<int>(random() % 40);
        for (int i = 0; i < count; ++i) {
            const double mantissa = static_cast<double>(static_cast<std::int64_t>(random())) / 3;
            numbers.push_back(random() % 3 == 0
                                  ? Number{.whole = static_cast<std::int64_t>(random())}
                                  : Number::of(std::ldexp(mantissa, static_cast<int>(random() % 200) - 150)));
        }
        ExactSum one;
        for (const Number& number : numbers) one.add(number);
        std::shuffle(numbers.begin(), numbers.end(), random);
        std::vector<ExactSum> groups(1 + random() % 5);
        for (const Number& number : numbers) groups[random() % groups.size()].add(number);
        ExactSum together;
        for (const ExactSum& group : groups) together.add(group.to_text());
        CHECK(together.to_text() == one.to_text());
        CHECK(to_text(together.result()) == to_text(one.result()));
    }
}

TEST_CASE("what is no sum is refused", "[builtin]") {
    for (const char* text : {"", "x", "1;", "1;x", "1;inf", "1.5", "1 2"}) {
        CAPTURE(text);
        ExactSum sum;
        CHECK_THROWS_AS(sum.add(std::string_view(text)), Error);
    }
}
