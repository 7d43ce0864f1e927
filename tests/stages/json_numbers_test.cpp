#include "stages/json_numbers.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace af;
using nlohmann::json;

namespace {

constexpr std::size_t kWindow = 64;

std::size_t at_head_of(PlainNumbers count_plain, std::string text) {
    text.resize(std::max(text.size(), kWindow), ']');
    return count_plain(text);
}

std::string random_number(std::mt19937& random) {
    std::string number;
    if (random() % 4 == 0) number += '-';
    number += std::to_string(random() % 3 ? random() % 20 : random());
    if (random() % 4 == 0) number += '.' + std::to_string(random() % 1000);
    return number;
}

std::string through_comma(const std::string& text, std::size_t number) {
    std::size_t end = 0;
    for (; number > 0; --number) end = text.find(',', end) + 1;
    return text.substr(0, end);
}

}  // namespace

TEST_CASE("the way that is taken counts as the widest does", "[json_numbers]") {
    const std::string text = "1, 2, 3, " + std::string(kWindow, ']');
    CHECK(plain_numbers_here().back()(text) == 3);
    CHECK(plain_numbers(text) == 3);
}

TEST_CASE("numbers are plain, close together or spaced, up to the last whole window", "[json_numbers]") {
    const PlainNumbers count_plain = GENERATE(from_range(plain_numbers_here()));
    std::string spaced, compact;
    for (int i = 0; i < 100; ++i) {
        spaced += i % 3 ? "0, " : "-17.25, ";
        compact += i % 3 ? "0," : "123456789012345678,";
    }
    for (const std::string& text : {spaced, compact}) {
        const auto windows = static_cast<std::ptrdiff_t>(text.size() / kWindow * kWindow);
        CHECK(count_plain(text) == static_cast<std::size_t>(std::count(text.begin(), text.begin() + windows, ',')));
    }
    CHECK(count_plain("1,2,3,") == 0);
}

TEST_CASE("numbers are counted up to the first thing that is none for certain", "[json_numbers]") {
    const PlainNumbers count_plain = GENERATE(from_range(plain_numbers_here()));
    const std::vector<std::string> foreign{"null,",
                                           "1e5,",
                                           "01,",
                                           "-01,",
                                           "00,",
                                           "--1,",
                                           "-,",
                                           "1-,",
                                           ".5,",
                                           "1.,",
                                           "1..2,",
                                           "1.2.3,",
                                           "+1,",
                                           "  1,",
                                           "1 ,",
                                           "1 2,",
                                           ",",
                                           "]",
                                           "[1],",
                                           "1x,",
                                           "\"1\",",
                                           "1\t,",
                                           "\n1,",
                                           "\xC2\xB2,",
                                           "1234567890123456789,",
                                           "0.1234567890123456789,",
                                           "1234567890123456789.5,"};
    // Each begins at every place of a window, and goes on into the next.
    for (std::size_t before = 1; before <= 2 * kWindow; ++before) {
        const std::string head = std::string(before % 2 ? "" : "10,") + [&] {
            std::string numbers;
            for (std::size_t i = 0; i < before / 2; ++i) numbers += "7,";
            return numbers;
        }();
        const auto count = static_cast<std::size_t>(std::count(head.begin(), head.end(), ','));
        for (const std::string& next : foreign) {
            const std::string text = head + next + "4, 5, " + std::string(kWindow, ']');
            if (count_plain(text) != count) FAIL(text);
        }
    }
    CHECK(at_head_of(count_plain, "1, 22,0.0, -3,]") == 4);
}

TEST_CASE("what is called plain is valid JSON whatever bytes came", "[json_numbers]") {
    const PlainNumbers count_plain = GENERATE(from_range(plain_numbers_here()));
    std::mt19937 random(7);
    const std::string_view kBytes = "0019,,  -..e]x";
    std::size_t counted = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::string text;
        while (text.size() < 210) text += random_number(random) + (random() % 2 ? ", " : ",");
        for (unsigned left = random() % 3; left > 0; --left)
            text[random() % text.size()] = kBytes[random() % kBytes.size()];
        const std::size_t count = count_plain(text);
        counted += count;
        const std::string head = through_comma(text, count);
        if (count == 0 || (head.size() <= text.size() && json::accept('[' + head + "0]"))) continue;
        FAIL("counted " << count << " in " << text);
    }
    CHECK(counted > 1'000'000);
}
