#include "stages/json_numbers.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

using namespace af;
using nlohmann::json;

namespace {

PlainNumbers at_head_of(std::string text) {
    text.resize(std::max<std::size_t>(text.size(), kPlainNumbersWindow), ']');
    return plain_numbers(text.data());
}

std::string random_number(std::mt19937& random) {
    std::string number;
    if (random() % 4 == 0) number += '-';
    number += std::to_string(random() % 3 ? random() % 20 : random());
    if (random() % 4 == 0) number += '.' + std::to_string(random() % 1000);
    return number;
}

std::string through_comma(const std::string& text, unsigned number) {
    std::size_t end = 0;
    for (; number > 0; --number) end = text.find(',', end) + 1;
    return text.substr(0, end);
}

}  // namespace

TEST_CASE("numbers of a whole window are plain, close together or spaced", "[json_numbers]") {
    std::string spaced, compact;
    for (int i = 0; i < 40; ++i) {
        spaced += i % 3 ? "0, " : "-17.25, ";
        compact += i % 3 ? "0," : "123456789012345678,";
    }
    for (const std::string& text : {spaced, compact}) {
        const PlainNumbers plain = plain_numbers(text.data());
        CHECK(plain.count == std::count(text.begin(), text.begin() + kPlainNumbersWindow, ','));
        CHECK(plain.all_plain);
    }
}

TEST_CASE("numbers are counted up to the first thing that is none for certain", "[json_numbers]") {
    for (const char* foreign : {"null,",
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
                                "\"1\",",
                                "1\t,",
                                "\n1,",
                                "1234567890123456789,",
                                "0.1234567890123456789,",
                                "1x,",
                                "\xC2\xB2,"}) {
        INFO(foreign);
        const PlainNumbers plain = at_head_of(std::string("1, 22,0.0, -3,") + foreign + "4, 5, ");
        CHECK(plain.count == 4);
        CHECK_FALSE(plain.all_plain);
    }
}

TEST_CASE("what is called plain is valid JSON whatever bytes came", "[json_numbers]") {
    std::mt19937 random(7);
    const std::string_view kBytes = "0019,,  -..e]x";
    unsigned counted = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string text;
        while (text.size() < 80) text += random_number(random) + (random() % 2 ? ", " : ",");
        for (unsigned left = random() % 4; left > 0; --left)
            text[random() % text.size()] = kBytes[random() % kBytes.size()];
        const PlainNumbers plain = plain_numbers(text.data());
        counted += plain.count;
        const std::string head = through_comma(text, plain.count);
        if (plain.count == 0 || (head.size() <= kPlainNumbersWindow && json::accept('[' + head + "0]"))) continue;
        FAIL("counted " << plain.count << " in " << text);
    }
    CHECK(counted > 500'000);
}
