#include "cli/log_lines.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

std::string passed(const std::string& prefix, bool safe, std::initializer_list<std::string_view> pieces) {
    std::string out;
    LogLines lines(prefix, safe, [&out](std::string_view line) { out += line; });
    for (const std::string_view piece : pieces) lines.add(piece);
    lines.finish();
    return out;
}

}  // namespace

TEST_CASE("Lines of a log come whole, with their task's name, the last one with its newline", "[cli][logs]") {
    CHECK(passed("map 3: ", false, {"on", "e\ntw", "o\n", "three"}) == "map 3: one\nmap 3: two\nmap 3: three\n");
    CHECK(passed("", false, {"a\x1b[2Jb\n"}) == "a\x1b[2Jb\n");
    CHECK(passed("x: ", false, {}) == "");
}

TEST_CASE("On a terminal no log can move the cursor or forge a line", "[cli][logs]") {
    CHECK(passed("", true, {"a\x1b[2Jb\tc\r\n"}) == "a\\x1b[2Jb\tc\n");
    CHECK(passed("", true, {"a\rforged\n"}) == "a\\x0dforged\n");
    CHECK(harmless("gr\xc3\xbc\xc3\x9f \xc2\x9b"
                   "2J \xc2\xa9 \x7f") == "gr\xc3\xbc\xc3\x9f \\x9b2J \xc2\xa9 \\x7f");
}

TEST_CASE("A line without an end does not fill the memory", "[cli][logs]") {
    std::size_t longest = 0;
    LogLines lines("", true, [&longest](std::string_view line) { longest = std::max(longest, line.size()); });
    for (int i = 0; i < 1000; ++i) lines.add(std::string(4096, 'x'));
    lines.finish();
    CHECK(longest <= (64 << 10) + 4096);
}
