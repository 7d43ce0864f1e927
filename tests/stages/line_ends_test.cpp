#include "stages/line_ends.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace af;

namespace {

std::string lines(std::size_t count, std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += std::string(bytes - 1, 'x') + '\n';
    return text;
}

}  // namespace

TEST_CASE("newlines are counted exactly at every length and place", "[line_ends]") {
    std::mt19937 random(2);
    for (std::size_t length = 0; length < 300; ++length) {
        std::string text(length, 'x');
        for (char& c : text) c = random() % 3 == 0 ? '\n' : static_cast<char>(random());
        REQUIRE(count_newlines(text) == static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
    }
    CHECK(count_newlines(std::string(100'000, '\n')) == 100'000);
}

TEST_CASE("the ends of long lines are told, each behind its newline", "[line_ends]") {
    const LineEnds found = find_line_ends(lines(3, 2000) + lines(1, 1) + lines(1, 5000));
    CHECK(found.lines == 5);
    CHECK(found.ends == std::vector<std::uint32_t>{2000, 4000, 6000, 6001, 11'001});
}

TEST_CASE("the ends of short lines are not told, only how many there are", "[line_ends]") {
    for (const std::string& text : {lines(1000, 20), lines(1, 5000) + lines(500, 2), lines(1, 10), std::string()}) {
        const LineEnds found = find_line_ends(text);
        CHECK(found.lines == static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
        CHECK(found.ends.empty());
    }
}

TEST_CASE("as many ends are told as there is room for, to the last one", "[line_ends]") {
    CHECK(find_line_ends(lines(7, kBytesToAnEnd)).ends.size() == 7);
    CHECK(find_line_ends(lines(8, kBytesToAnEnd - 1)).ends.empty());
}
