#include "stages/builtin/json_record.hpp"

#include "stages/builtin/json_scan.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <random>

using namespace af;
using nlohmann::json;

namespace {

std::string found(std::string text, const char* path) {
    text += '\n';
    JsonRecord record;
    if (!record.parse(std::string_view(text).substr(0, text.size() - 1))) return "not valid";
    return std::string(record.find(parse_path(path).steps).value_or("nothing"));
}

// Any JSON, now and then large enough to have its members noted.
json random_json(std::mt19937& random, int depth) {
    static const std::vector<std::string> kNames{"a", "b", "info", "x.y", "", "ü", "q\"uote", "tab\t"};
    switch (random() % (depth > 3 ? 5 : 8)) {
        case 0: return nullptr;
        case 1: return random() % 2 == 0;
        case 2: return static_cast<std::int64_t>(random()) - 2'000'000'000;
        case 3: return static_cast<double>(random()) / 1024;
        case 4: return std::string(random() % 50, 'x') + "\\ \" \n \u00e9 \U0001F600";
        case 5: {
            json list = json::array();
            for (std::uint32_t left = random() % 60; left > 0; --left)
                list.push_back(random() % 4 ? json(random() % 12) : random_json(random, depth + 1));
            return list;
        }
        default: break;
    }
    json object = json::object();
    for (std::uint32_t left = random() % 8; left > 0; --left)
        object[kNames[random() % kNames.size()]] = random_json(random, depth + 1);
    if (random() % 6 == 0) object["large"] = std::string(9000, '1');
    return object;
}

// Every value of `value`, by its path.
void check_all(JsonRecord& record, const json& value, std::vector<PathStep>& steps) {
    const auto raw = record.find(steps);
    REQUIRE(raw);
    CHECK(json::parse(*raw) == value);
    if (value.is_string()) {
        std::string room;
        CHECK(json_string(*raw, room) == value.get<std::string>());
    }
    const auto size = static_cast<std::int64_t>(value.size());
    for (std::int64_t i = 0; value.is_array() && i < size; ++i) {
        steps.push_back({.is_index = true, .member = {}, .index = i % 2 ? i : i - size});
        check_all(record, value[static_cast<std::size_t>(i)], steps);
        steps.pop_back();
    }
    if (!value.is_object()) return;
    for (const auto& [name, member] : value.items()) {
        steps.push_back({.is_index = false, .member = name, .index = 0});
        check_all(record, member, steps);
        steps.pop_back();
    }
}

}  // namespace

TEST_CASE("every value of a record is found by its path, whatever its form", "[builtin]") {
    std::mt19937 random(11);
    for (int round = 0; round < 400; ++round) {
        json value = random_json(random, 0);
        const bool ascii = random() % 2 == 0;
        const std::string text = value.dump(random() % 3 == 0 ? 1 : -1, ' ', ascii) + "\n";
        JsonRecord record;
        REQUIRE(record.parse(std::string_view(text).substr(0, text.size() - 1)));
        std::vector<PathStep> steps;
        check_all(record, value, steps);
    }
}

TEST_CASE("what is not there is not found", "[builtin]") {
    CHECK(found(R"({"a": [1, 2], "b": {"c": 3}})", "a[2]") == "nothing");
    CHECK(found(R"({"a": [1, 2]})", "a[-3]") == "nothing");
    CHECK(found(R"({"a": [1, 2]})", "a.b") == "nothing");
    CHECK(found(R"({"a": 1})", "a.b") == "nothing");
    CHECK(found(R"({"b": {"c": 3}})", "b[0]") == "nothing");
    CHECK(found(R"({})", "a") == "nothing");
    CHECK(found(R"([])", "[0]") == "nothing");
    CHECK(found(R"([])", "[-1]") == "nothing");
    CHECK(found("5", "a") == "nothing");
}

TEST_CASE("the last of two members of one name counts", "[builtin]") {
    CHECK(found(R"({"a": 1, "a": 2})", "a") == "2");
    CHECK(found(R"({"a": 1, "\u0061": 3, "b": 1e400})", "a") == "3");
    CHECK(found(R"({"b": {"a": {"c": 1}, "a": {"d": 2}}})", "b.a.c") == "nothing");
}

TEST_CASE("a record is valid when all of it is JSON", "[builtin]") {
    const std::string deep(900, '[');
    for (const std::string& text :
         {std::string("null"), std::string(" {\"a\" : [ 1 ,2 ] } "), std::string("\"\\ud83d\\ude00\""),
          std::string("123456789012345678901234567890"), std::string("1e400"), deep + std::string(900, ']')}) {
        CAPTURE(text.substr(0, 50));
        CHECK(found(text, "$") != "not valid");
    }
    for (const std::string& text : {std::string(),
                                    std::string(" "),
                                    std::string("{"),
                                    std::string("{\"a\": 1"),
                                    std::string("{\"a\": 1}}"),
                                    std::string("{\"a\" 1}"),
                                    std::string("{a: 1}"),
                                    std::string("[1,]"),
                                    std::string("{\"a\": 1,}"),
                                    std::string("01"),
                                    std::string("1."),
                                    std::string("NaN"),
                                    std::string("\"\\x\""),
                                    std::string("\"\\ud800\""),
                                    std::string("\"\xff\""),
                                    std::string("\"tab\t\""),
                                    std::string("tru"),
                                    std::string("{\"a\": 1} 2"),
                                    std::string("\"open"),
                                    std::string("{\"info\": {\"OS\": \"WINNT\"}, \"cut\": [1, 2"),
                                    std::string(1200, '[')}) {
        CAPTURE(text.substr(0, 50));
        CHECK(found(text, "$") == "not valid");
    }
}

TEST_CASE("a record that is cut off anywhere is not valid", "[builtin]") {
    const std::string whole =
        R"({"info": {"OS": "WINNT", "n": [1, 2.5e3, true, null, "a\"b"]}, "h": {"G": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0,)"
        R"( 0, 1]}})";
    CHECK(found(whole, "info.OS") == "\"WINNT\"");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(found(whole.substr(0, size), "info.OS") == "not valid");
    }
}
