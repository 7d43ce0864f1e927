#include "engine/child_stderr.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace af;
using namespace std::chrono_literals;

namespace {

struct Heard {
    std::vector<std::string> lines, statuses;
    ChildStderr log{[this](std::string_view line) { lines.emplace_back(line); },
                    [this](std::string_view status) { statuses.emplace_back(status); }};
    ChildStderr::TimePoint now{1h};
};

}  // namespace

TEST_CASE("stderr passes whole lines on, however they arrive", "[process]") {
    Heard heard;
    heard.log.feed("one\ntw", heard.now);
    heard.log.feed("o\r\nthree", heard.now);
    CHECK(heard.lines == std::vector<std::string>{"one", "two"});
    heard.log.finish();
    CHECK(heard.lines.back() == "three");
    CHECK(heard.log.last_line() == "three");
}

TEST_CASE("reporter lines become counters and statuses and are not passed on", "[process]") {
    Heard heard;
    heard.log.feed("reporter:counter:os,WINNT,2\nreporter:status:half way\nreporter:counter:os,WINNT,-5\n", heard.now);
    heard.log.feed("reporter:counter:a,b,c,7\n", heard.now);
    CHECK(heard.lines.empty());
    CHECK(heard.statuses == std::vector<std::string>{"half way"});
    CHECK(heard.log.counters() == Counters{{"os\tWINNT", -3}, {"a\tb,c", 7}});
}

TEST_CASE("a reporter line that is not well formed is passed on as text", "[process]") {
    Heard heard;
    heard.log.feed("reporter:counter:os,1\nreporter:counter:a,b,1x\nreporter:counter:a,b,\n", heard.now);
    CHECK(heard.lines.size() == 3);
    CHECK(heard.log.counters().empty());
}

TEST_CASE("a counter saturates instead of wrapping around", "[process]") {
    Heard heard;
    heard.log.feed("reporter:counter:a,b,9223372036854775807\nreporter:counter:a,b,9\n", heard.now);
    CHECK(heard.log.counters().at("a\tb") == INT64_MAX);
}

TEST_CASE("a flood is cut to a burst, counted, and its reporter lines are still heard", "[process]") {
    Heard heard;
    std::string chunk;
    while (chunk.size() < (64 << 10)) chunk += "0123456789\n";
    for (int i = 0; i < 1000; ++i) heard.log.feed(chunk, heard.now);
    heard.log.feed("x\nreporter:counter:a,b,1\ny\n", heard.now);
    heard.log.finish();
    std::size_t passed = 0;
    for (const std::string& line : heard.lines) passed += line.size();
    CHECK(passed <= 64 << 10);
    CHECK(heard.log.counters().at("a\tb") == 1);
    const std::size_t lines_passed = heard.lines.size() - 1;
    CHECK(heard.lines.back() ==
          "[suppressed " + std::to_string(1000 * chunk.size() + 4 - 11 * lines_passed) + " bytes]");
    CHECK(heard.log.tail().size() == 64 << 10);
}

TEST_CASE("after a flood lines are passed on again, with a note of what was left out", "[process]") {
    Heard heard;
    const std::string flood(60'000, 'x');
    for (int i = 0; i < 20; ++i) heard.log.feed(flood.substr(0, 8000) + "\n", heard.now);
    const std::size_t before = heard.lines.size();
    heard.log.feed("calm\n", heard.now + 3s);
    REQUIRE(heard.lines.size() == before + 2);
    CHECK(heard.lines[before].starts_with("[suppressed "));
    CHECK(heard.lines.back() == "calm");
}

TEST_CASE("an endless line is cut and does not grow anything", "[process]") {
    Heard heard;
    for (int i = 0; i < 100; ++i) heard.log.feed(std::string(50'000, 'x'), heard.now);
    heard.log.feed("\nnext\n", heard.now);
    REQUIRE(heard.lines.size() == 3);
    CHECK(heard.lines[0].size() == 8 << 10);
    CHECK(heard.lines[1] == "[suppressed 4991808 bytes]");
    CHECK(heard.lines[2] == "next");
}

TEST_CASE("the last line skips blank lines and reporter lines", "[process]") {
    Heard heard;
    heard.log.feed("Traceback\nValueError: x\n\n  \nreporter:status:s\n", heard.now);
    CHECK(heard.log.last_line() == "ValueError: x");
    Heard quiet;
    CHECK(quiet.log.last_line().empty());
}
