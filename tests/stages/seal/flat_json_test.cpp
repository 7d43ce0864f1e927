#include "stages/seal/flat_json.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>

using namespace af;

TEST_CASE("flat JSON gives its members in order, whatever the white space", "[seal]") {
    const auto members = parse_flat_json(" {\"v\" : 1,\n\t\"text\":\"a b/+=\" , \"empty\":\"\"} \n", "it");
    REQUIRE(members.size() == 3);
    CHECK(members[0].name == "v");
    CHECK(members[0].value == "1");
    CHECK_FALSE(members[0].is_text);
    CHECK(members[1].value == "a b/+=");
    CHECK(members[1].is_text);
    CHECK(members[2].value.empty());
    CHECK(parse_flat_json("{}", "it").empty());
}

TEST_CASE("flat JSON refuses what can be read in two ways, without repeating it", "[seal]") {
    for (std::string text : {"",
                             "{",
                             "[]",
                             "null",
                             R"({"canary":"x")",
                             R"({"a":"canary)",
                             R"({"a":"canary","a":"x"})",
                             R"({"a":"\u0063anary"})",
                             R"({"a":{"b":"canary"}})",
                             R"({"a":["canary"]})",
                             R"({"a":-1})",
                             R"({"a":1.5})",
                             R"({"a":01})",
                             R"({"a":1234567890})",
                             R"({"a":true})",
                             R"({"a":"x",})",
                             R"({"a" "x"})",
                             R"({"a":"x"} canary)",
                             R"({"a":"x"}{"b":"y"})",
                             "{\"a\":\"canary\n\"}",
                             "{\"a\":\"\xc3\xa9\"}",
                             R"({a:"x"})",
                             "{'a':'x'}"}) {
        INFO(text);
        try {
            parse_flat_json(text, "it");
            FAIL("accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::config);
            CHECK(std::string(error.what()).find("canary") == std::string::npos);
        }
    }
    std::string many = "{";
    for (int i = 0; i < 17; ++i) many += (i ? ",\"n" : "\"n") + std::to_string(i) + "\":1";
    CHECK_THROWS_AS(parse_flat_json(many + "}", "it"), Error);
}

TEST_CASE("expected members come in the order asked for; a missing, other or superfluous one is refused", "[seal]") {
    const auto values = expect_texts(parse_flat_json(R"({"b":"2","a":"1"})", "it"), {"a", "b"}, "it");
    CHECK(values == std::vector<std::string_view>{"1", "2"});
    CHECK_THROWS_WITH(expect_texts(parse_flat_json(R"({"b":"2"})", "it"), {"a", "b"}, "it"), "it: \"a\" is missing");
    CHECK_THROWS_WITH(expect_texts(parse_flat_json(R"({"b":2})", "it"), {"b"}, "it"), "it: \"b\" is not a string");
    CHECK_THROWS_WITH(expect_texts(parse_flat_json(R"({"a":"1","canary":"2"})", "it"), {"a"}, "it"),
                      "it: a member is unknown to this version");
}
