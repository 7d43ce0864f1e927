#include "stages/json_sweep.hpp"

#include "stages/json_positions.hpp"
#include "stages/record_index.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace af;
using nlohmann::json;

namespace {

using Words = std::vector<std::uint32_t>;

constexpr std::uint32_t kBase = 1000;

// The fields and all that was noted before them; nothing when the text was not accepted.
std::optional<Words> noted(JsonSweep& sweep, const std::string& text) {
    Words words{0};
    const std::uint32_t place = sweep.root(text, kBase, words);
    if (place == 0) {
        CHECK(words == Words{0});
        return std::nullopt;
    }
    words.push_back(place);
    return words;
}

// What the walk over the tokens makes of it.
std::optional<Words> walked(const std::string& text) {
    static JsonPositions stage1;
    const auto positions = stage1.of(text);
    if (positions.empty()) return std::nullopt;
    Words words{0};
    JsonWalk walk(text.data(), static_cast<std::uint32_t>(text.size()), positions.data(), kBase, words);
    const std::uint32_t place = walk.root();
    if (place == 0) return std::nullopt;
    words.push_back(place);
    return words;
}

std::string pick(std::mt19937& random, const std::vector<std::string>& of) { return of[random() % of.size()]; }

std::string space(std::mt19937& random) { return pick(random, {"", "", "", " ", " ", "  ", "\t", " \r "}); }

std::string random_string(std::mt19937& random) {
    std::string text = "\"";
    for (auto left = random() % (random() % 8 == 0 ? 150 : 12); left > 0; --left) {
        text += pick(random, {"a",
                              "b",
                              "{",
                              "}",
                              "[",
                              "]",
                              ",",
                              ":",
                              " ",
                              "0",
                              "-",
                              ".",
                              "e",
                              "true",
                              "\\\\",
                              "\\\"",
                              "\\n",
                              "\\u00e9",
                              "\\ud83d\\ude00",
                              "\xC3\xA9",
                              "\xF0\x9F\x98\x80",
                              "'"});
    }
    return text + "\"";
}

// Escapes in a key keep an object from being noted.
std::string random_key(std::mt19937& random) {
    if (random() % 50 == 0) return random_string(random);
    return "\"" + std::string(random() % 20, 'k') + pick(random, {"", "{", ":", "\xC3\xA9"}) + "\"";
}

std::string random_number(std::mt19937& random) {
    std::string number = pick(random, {"", "", "", "-"});
    number +=
        pick(random, {"0", "1", "7", std::to_string(random() % 1000), std::to_string(random()), "123456789012345678"});
    if (random() % 3 == 0) number += "." + std::to_string(random() % 100000);
    if (random() % 6 == 0) number += pick(random, {"e5", "E-12", "e+03", "E0"});
    return number;
}

std::string random_value(std::mt19937& random, int depth);

std::string random_container(std::mt19937& random, int depth, bool is_object) {
    std::string text = (is_object ? "{" : "[") + space(random);
    const auto members = random() % (random() % 5 == 0 ? 40 : 5);
    for (std::uint32_t i = 0; i < members; ++i) {
        if (i > 0) text += "," + space(random);
        if (is_object) text += random_key(random) + space(random) + ":" + space(random);
        text += random_value(random, depth - 1) + space(random);
    }
    return text + (is_object ? "}" : "]");
}

std::string random_value(std::mt19937& random, int depth) {
    switch (random() % (depth > 0 ? 7 : 4)) {
        case 0: return random_string(random);
        case 1:
        case 2: return random_number(random);
        case 3: return pick(random, {"true", "false", "null"});
        case 4: return random_container(random, depth, false);
        default: return random_container(random, depth, true);
    }
}

// Puts the text at another place in the windows.
std::string at_place(std::size_t place, const std::string& value) {
    return "{\"" + std::string(place, 'x') + "\": " + value + "}";
}

// Those that put a short text at each place of a window, and over the end of a step of 256 and of one of 512 bytes.
std::vector<std::size_t> places() {
    std::vector<std::size_t> all;
    for (std::size_t place = 0; place < 70; ++place) all.push_back(place);
    for (std::size_t place = 180; place < 260; ++place) all.push_back(place);
    for (std::size_t place = 440; place < 520; ++place) all.push_back(place);
    return all;
}

}  // namespace

TEST_CASE("the way that is taken is the fastest", "[json_sweep]") {
    CHECK(JsonSweep().way() == JsonSweep::ways().back());
    CHECK(JsonSweep::ways().front() == JsonSweep::Way::sse2);
}

TEST_CASE("a sweep notes what a walk notes, of whatever valid text", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    std::mt19937 random(1);
    int accepted = 0;
    for (int i = 0; i < 4000; ++i) {
        const std::string text = random_container(random, 5, true) + space(random);
        const auto right = walked(text);
        const auto found = noted(sweep, text);
        INFO(text);
        // Escaped keys, and numbers that are too long, are left to others by both.
        REQUIRE(found == right);
        accepted += found.has_value();
    }
    CHECK(accepted > 2000);
}

TEST_CASE("large objects in the root are noted as well", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    std::string members;
    for (int i = 0; i < 400; ++i) members += (i ? ", \"" : "\"") + std::to_string(i) + "\": [1, {\"x\": 2}, \"y\"]";
    const std::string text = "{\"first\": {\"small\": 1}, \"large\" : {" + members + "} , \"last\": [{}, []]}";
    REQUIRE(members.size() > RecordIndexer::kMinNestedBytes);
    const auto found = noted(sweep, text);
    REQUIRE(found);
    CHECK(found == walked(text));
    CHECK(found->size() > 400 * 5);
    Words root_alone{0};
    CHECK(sweep.root(text, kBase, root_alone, JsonNoted::root) == 1);
    CHECK(root_alone.size() == 1 + 1 + 3 * 5);
}

TEST_CASE("one changed byte is accepted only where it leaves the text valid", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    std::mt19937 random(2);
    const std::string bytes = "{}[],:\"\\ \t0123456789-+.eEtfnrul\x01\x1f\x7f\x80\xC3\xA9\xFF/x";
    int changed_answers = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = random_container(random, 3, true);
        for (auto changes = 1 + random() % 2; changes > 0; --changes) {
            const std::size_t at = random() % text.size();
            const char byte = bytes[random() % bytes.size()];
            switch (random() % 3) {
                case 0: text[at] = byte; break;
                case 1: text.insert(text.begin() + static_cast<std::ptrdiff_t>(at), byte); break;
                default: text.erase(at, 1); break;
            }
            if (text.empty()) text = "{";
        }
        const auto found = noted(sweep, text);
        if (!found) continue;
        INFO(text);
        REQUIRE(json::accept(text));
        REQUIRE(found == walked(text));
        ++changed_answers;
    }
    CHECK(changed_answers > 500);
}

TEST_CASE("what is not valid is not accepted, wherever the ends of windows fall", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    const std::vector<std::string> wrong{"",
                                         "[1,]",
                                         "[,1]",
                                         "[1 2]",
                                         "[1,,2]",
                                         "{\"a\"}",
                                         "{\"a\":}",
                                         "{\"a\":1,}",
                                         "{1:2}",
                                         "{,}",
                                         "{:1}",
                                         "[\"a\":1]",
                                         "{\"a\",1}",
                                         "{\"a\":1,\"b\"}",
                                         "{\"a\":\"b\":1}",
                                         "[1}",
                                         "{\"a\":1]",
                                         "[",
                                         "]",
                                         "}",
                                         "1 2",
                                         "\"a\" \"b\"",
                                         "\"a\"\"b\"",
                                         "1\"a\"",
                                         "\"a\"1",
                                         "true1",
                                         "1true",
                                         "truefalse",
                                         "true false",
                                         "tru",
                                         "nul",
                                         "True",
                                         "NaN",
                                         "-",
                                         "--1",
                                         "+1",
                                         "01",
                                         "-01",
                                         "00",
                                         ".5",
                                         "1.",
                                         "1..2",
                                         "1.2.3",
                                         "1e",
                                         "1e+",
                                         "1e5e5",
                                         "1e5.2",
                                         "e5",
                                         "-e5",
                                         "1e5 5",
                                         "1-2",
                                         "1-",
                                         "\"",
                                         "\"a",
                                         "\"\\\"",
                                         "\"\\x\"",
                                         "\"\\u12\"",
                                         "\"\\u123g\"",
                                         "\"\\ud800\"",
                                         "\"\\udc00\"",
                                         "\"\\ud800\\u0041\"",
                                         "\"\x01\"",
                                         "\"\t\"",
                                         "\x01",
                                         "\"\x80\"",
                                         "\"\xC3\"",
                                         "\"\xED\xA0\x80\"",
                                         "\"\xF5\x80\x80\x80\"",
                                         "\x0B",
                                         "\x7F",
                                         "/",
                                         "{\"a\":1}{\"b\":2}",
                                         "[]]",
                                         "{}}"};
    for (const std::string& value : wrong) {
        for (const std::size_t place : places()) {
            const std::string text = at_place(place, value);
            INFO(text);
            REQUIRE_FALSE(noted(sweep, text));
        }
    }
}

TEST_CASE("nothing but spaces may follow the root, wherever the ends of windows and steps fall", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    for (const std::string behind : {",{\"b\":2}", ",{}", ",[]", "{}", "[]", ",\"a\":{}", ",\"a\",1,{}", ",", ":", "1",
                                     "\"\"", "}", "]", ", {\"b\": [1, 2]} , [3]"}) {
        for (std::size_t place = 0; place < 600; place += place < 140 ? 1 : 23) {
            const std::string text = at_place(place, "1") + behind;
            INFO(text);
            REQUIRE_FALSE(json::accept(text));
            REQUIRE_FALSE(noted(sweep, text));
        }
    }
    CHECK(noted(sweep, "{} \t\r"));
}

TEST_CASE("brackets match or are refused, however many there are and wherever the wrong one is", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    const std::vector<std::string> items{"[]", "{}", "[{\"a\":[]},[]]", "{\"a\":{},\"b\":[1]}", "[[[{}]]]"};
    std::mt19937 random(5);
    for (int round = 0; round < 30; ++round) {
        std::string text = "{\"a\":[";
        for (auto left = 1 + random() % 3000; left > 0; --left) text += pick(random, items) + (left > 1 ? "," : "");
        text += "]}";
        CHECK(noted(sweep, text));
        for (int change = 0; change < 20; ++change) {
            const std::size_t at = text.find_first_of("[]{}", 1 + random() % (text.size() - 2));
            std::string wrong = text;
            wrong[at] = pick(random, {"[", "]", "{", "}", ",", ":", " "})[0];
            if (wrong == text) continue;
            INFO(at << " of " << wrong);
            REQUIRE_FALSE(json::accept(wrong));
            REQUIRE_FALSE(noted(sweep, wrong));
        }
    }
}

TEST_CASE("containers lie in each other as deep as the walk follows, and no deeper", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    for (int depth = kPlainJson.depth - 3; depth < kPlainJson.depth + 70; ++depth) {
        for (const auto& [open, close] : {std::pair{"[", "]"}, std::pair{"{\"a\": ", "}"}}) {
            std::string text = "{\"a\":";
            for (int i = 1; i < depth; ++i) text += open;
            text += "1";
            for (int i = 1; i < depth; ++i) text += close;
            text += "}";
            INFO(depth);
            CHECK(noted(sweep, text).has_value() == (depth <= kPlainJson.depth));
            CHECK((depth > kPlainJson.depth || walked(text)));
        }
    }
}

TEST_CASE("an object whose members lack keys is refused, whatever its size", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    for (const std::size_t size : {1, 60, 9000}) {
        const std::string child = "{\"b\":\"" + std::string(size, 'x') + "\"}";
        CHECK_FALSE(noted(sweep, "{\"a\"," + child + "}"));
        CHECK_FALSE(noted(sweep, "{" + child + "}"));
        CHECK_FALSE(noted(sweep, "{\"a\"," + child + ",\"c\":1}"));
    }
}

TEST_CASE("an object is large from the same size on for a sweep as for a walk", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    for (std::size_t size = RecordIndexer::kMinNestedBytes - 2; size < RecordIndexer::kMinNestedBytes + 3; ++size) {
        const std::string text = "{\"a\": {\"b\":\"" + std::string(size - 8, 'x') + "\"}}";
        const auto found = noted(sweep, text);
        CHECK(found == walked(text));
        REQUIRE(found);
        CHECK((found->size() > 8) == (size >= RecordIndexer::kMinNestedBytes));
    }
}

TEST_CASE("what is valid and plain is accepted, wherever the ends of windows fall", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    const std::vector<std::string> right{"[]",
                                         "{}",
                                         "[ ]",
                                         "{ }",
                                         "\"\"",
                                         "0",
                                         "-0",
                                         "0.0",
                                         "-0.10",
                                         "1e5",
                                         "1E-05",
                                         "0e+12",
                                         "[1e5,2]",
                                         "true",
                                         "[true,false , null]",
                                         "\"\\\\\"",
                                         "\"\\\\\\\"\"",
                                         "\"\\ud83d\\ude00\"",
                                         "\"\xC3\xA9\"",
                                         "[[],{},[{}],\"\"]",
                                         "{\"\":{\"\":[]}}",
                                         "123456789012345678",
                                         "0.123456789012345678",
                                         "[\"a\",\"b\"]",
                                         "[ 1 , 2\t,\r3 ]",
                                         "\"a:b,c\""};
    for (const std::string& value : right) {
        for (const std::size_t place : places()) {
            const std::string text = at_place(place, value);
            INFO(text);
            const auto found = noted(sweep, text);
            REQUIRE(found);
            REQUIRE(found == walked(text));
        }
    }
}

TEST_CASE("what parsers may read differently is left to others", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    std::string deep;
    for (int i = 0; i < 60; ++i) deep += '[';
    deep += std::string(60, ']');
    for (const std::string& value :
         {std::string("1234567890123456789"), std::string("1e100"), std::string("\"\\ud800\""), deep,
          std::string("123456789012345678.123456789012345678e-10")}) {
        for (const std::size_t place : places()) CHECK_FALSE(noted(sweep, at_place(place, value)));
    }
    CHECK(noted(sweep, at_place(3, deep.substr(1, 118))));
    CHECK_FALSE(noted(sweep, "{\"a\\n\": 1}"));
    CHECK_FALSE(noted(sweep, "[1]"));
    CHECK(noted(sweep, "{\"a\": {\"b\\n\": 1}}").has_value());
    CHECK(noted(sweep, "{\"a\": [{\"b\\n\": 1}]}"));
}

TEST_CASE("each byte at each place of a text is accepted only where it is valid", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    for (const std::size_t place : {0, 41, 230, 487}) {
        const std::string text = at_place(place, "[-1.05,{\"b\" :[ ]},\"c\\\\d\",true,20]");
        REQUIRE(noted(sweep, text));
        for (std::size_t at = 1; at < text.size(); ++at) {
            if (at > 2 && at < place) continue;
            for (int byte = 0; byte < 256; ++byte) {
                std::string changed = text;
                changed[at] = static_cast<char>(byte);
                INFO(byte << " at " << at << " of " << text);
                const auto found = noted(sweep, changed);
                const bool is_valid = json::accept(changed);
                REQUIRE((!found || is_valid));
                if (found) REQUIRE(found == walked(changed));
                if (byte != '\n' && is_valid && walked(changed)) REQUIRE(found);
            }
        }
    }
}

TEST_CASE("a key is noted however far its colon is behind it", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    const std::string large = "\"z\": \"" + std::string(RecordIndexer::kMinNestedBytes, 'z') + "\"";
    for (const std::size_t gap : {0, 1, 3, 600}) {
        for (std::size_t length = 0; length < 1100; length += length < 530 ? 1 : 37) {
            const std::string member =
                "\"" + std::string(length, 'k') + "\"" + std::string(gap, ' ') + ": {\"q\": [1]}";
            const std::string text = "{\"a\": [[1]], " + member + ", \"b\": {" + large + ", " + member + "}}";
            INFO("a key of " << length << " bytes, " << gap << " spaces");
            const auto found = noted(sweep, text);
            REQUIRE(found);
            REQUIRE(found == walked(text));
        }
    }
}

TEST_CASE("an escape is one wherever the ends of windows and steps fall", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    for (const std::string escape : {"\\\"", "\\\\", "\\n", "\\\\\\\"", "\\u00e9"}) {
        for (const std::size_t place : places()) {
            const std::string text =
                at_place(0, "\"" + std::string(place, 'x') + escape + std::string(600, 'y') + "\"");
            INFO(text);
            const auto found = noted(sweep, text);
            REQUIRE(found);
            REQUIRE(found == walked(text));
            const std::string open = at_place(0, "\"" + std::string(place, 'x') + "\\\"");
            REQUIRE_FALSE(noted(sweep, open + std::string(600, ' ')));
            REQUIRE_FALSE(noted(sweep, open + std::string(600, 'y')));
        }
    }
}

TEST_CASE("as many brackets as a word has bits, some more or less, may be in a step", "[json_sweep]") {
    JsonSweep sweep(GENERATE(from_range(JsonSweep::ways())));
    for (std::size_t pairs = 26; pairs < 36; ++pairs) {
        for (std::size_t place = 0; place < 64; ++place) {
            std::string items;
            for (std::size_t i = 0; i < pairs; ++i) items += i % 3 == 0 ? "{}," : "[],";
            const std::string text = at_place(place, "[" + items + "\"" + std::string(600, 'x') + "\"]");
            INFO(text);
            REQUIRE(noted(sweep, text) == walked(text));
            REQUIRE(noted(sweep, text));
            std::string wrong = text;
            wrong[text.find_first_of("]}", 5 + place + (place * 7) % items.size())] = place % 2 ? '[' : '}';
            if (wrong != text) REQUIRE(noted(sweep, wrong).has_value() == json::accept(wrong));
        }
    }
}
