#include "stages/feeder_protocol.hpp"

#include <catch2/catch.hpp>

using namespace af;

TEST_CASE("a handshake tells what answers, or why the script does not load", "[map]") {
    const FeederReady ready = parse_handshake(
        R"(ready {"protocol": 1, "language": "python", "version": "3.11.2", "json": "orjson", "lazy": true})");
    CHECK(ready.lazy);
    CHECK(ready.json == "orjson");
    try {
        parse_handshake(R"(failed {"error": "KeyError: 'x' at mapper.py:3", "trace": ""})");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        CHECK(std::string(error.what()).find("mapper.py:3") != std::string::npos);
    }
    for (const char* other : {"", "ready", "ready 1", R"(ready {"protocol": 2})", "ready {", "hello {}"}) {
        CHECK_THROWS_AS(parse_handshake(other), Error);
    }
}

TEST_CASE("an answer begins with one well-formed line and nothing else", "[map]") {
    CHECK(std::get<PartHeader>(parse_answer("part 7 12")).bytes == 12);
    CHECK(std::get<DoneHeader>(parse_answer("done 4294967295 0")).sequence == 4294967295);
    for (const char* other :
         {"", "part", "part 7", "part 7 ", "part  7 1", "part 7 1 ", "part 7 1 1", "part -1 1", "part 7 1x", "Part 7 1",
          "done 4294967296 1", "part 1 99999999999999999999", "part 1 100000000", "hello"}) {
        INFO(other);
        CHECK_THROWS_AS(parse_answer(other), Error);
    }
}

TEST_CASE("an account is read strictly", "[map]") {
    const BatchAccount account =
        parse_account(R"({"records":3,"bad":[[0,"json","x"],[2,"mapper","y"]],"counters":{"g\tn":-2}})", 3);
    CHECK(account.bad.at(1).reason == "y");
    CHECK(account.counters.at("g\tn") == -2);
    CHECK(account.index_helps);
    CHECK_FALSE(parse_account(R"({"records":0,"bad":[],"counters":{},"index":false})", 0).index_helps);
    CHECK_FALSE(account.wants_nested);
    CHECK(parse_account(R"({"records":0,"bad":[],"counters":{},"nested":true})", 0).wants_nested);
    for (const char* other :
         {"", "[]", "{}", R"({"records":2,"bad":[],"counters":{}})", R"({"records":3,"bad":{},"counters":{}})",
          R"({"records":3,"bad":[[3,"json","x"]],"counters":{}})",
          R"({"records":3,"bad":[[0,"other","x"]],"counters":{}})",
          R"({"records":3,"bad":[[-1,"json","x"]],"counters":{}})",
          R"({"records":3,"bad":[[1,"json","x"],[1,"json","x"]],"counters":{}})",
          R"({"records":3,"bad":[],"counters":{"g":1.5}})", R"({"records":3.0,"bad":[],"counters":{}})",
          R"({"records":3,"bad":[],"counters":{}} x)", R"({"records":3,"bad":[],"counters":{},"index":0})"}) {
        INFO(other);
        CHECK_THROWS_AS(parse_account(other, 3), Error);
    }
}
