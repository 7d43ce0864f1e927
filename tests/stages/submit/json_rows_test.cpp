#include "stages/submit/json_rows.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

using namespace af;

namespace {

struct Read {
    std::vector<std::string> rows;
    bool complete = false;
    std::string error;
    bool operator==(const Read&) const = default;
};

Read read_in_pieces(std::string_view text, std::size_t piece_bytes) {
    Read out;
    JsonRows rows;
    try {
        for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
            rows.feed(text.substr(at, piece_bytes));
            while (const auto row = rows.next()) out.rows.emplace_back(*row);
        }
        out.complete = rows.complete();
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::corrupt);
        out.error = error.what();
    }
    return out;
}

std::string error_of(std::string_view text) { return read_in_pieces(text, text.size()).error; }

}  // namespace

TEST_CASE("rows of a JSON list come out the same however the list is cut", "[submit][index]") {
    const std::string text = " \n[ {\"a\":\"}\\\"]{\\\\\"} ,\r\n{\"b\":[1,{\"c\":{}}]},{}\t] \n";
    const Read whole = read_in_pieces(text, text.size());
    CHECK(whole.rows == std::vector<std::string>{"{\"a\":\"}\\\"]{\\\\\"}", "{\"b\":[1,{\"c\":{}}]}", "{}"});
    CHECK(whole.complete);
    for (std::size_t bytes = 1; bytes < text.size(); ++bytes) CHECK(read_in_pieces(text, bytes) == whole);
    CHECK(read_in_pieces("[]", 1).complete);
}

TEST_CASE("a list that ends early is not complete", "[submit][index]") {
    const std::string text = "[{\"a\":1},{\"b\":2}]";
    for (std::size_t end = 0; end < text.size(); ++end) {
        const Read cut = read_in_pieces(text.substr(0, end), 3);
        CHECK(cut.error.empty());
        CHECK_FALSE(cut.complete);
    }
}

TEST_CASE("what is no list of objects is refused with the place", "[submit][index]") {
    CHECK(error_of("<!DOCTYPE html>") == "the reply is HTML or XML, not JSON");
    CHECK(error_of("{\"files\":[]}") == R"(the reply is no JSON list: it begins "{\"files\":[]}")");
    CHECK(error_of("[1]") == "row 1 is no JSON object");
    CHECK(error_of("[{},[]]") == "row 2 is no JSON object");
    CHECK(error_of("[{},]") == "row 2 is no JSON object");
    CHECK(error_of("[,{}]") == "row 1 is no JSON object");
    CHECK(error_of("[{} {}]") == "after row 1 there is no comma");
    CHECK(error_of("[{}] x") == "the reply goes on after the end of its list");
    CHECK(error_of("[][]") == "the reply goes on after the end of its list");
}

TEST_CASE("a row may have 8 KiB and 64 levels", "[submit][index]") {
    const auto long_row = [](std::size_t bytes) { return "[{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}]"; };
    CHECK(read_in_pieces(long_row(8 << 10), 1'000).complete);
    CHECK(read_in_pieces(long_row((8 << 10) + 1), 1'000).error == "row 1 is longer than 8192 bytes");
    const auto deep = [](std::size_t levels) {
        return "[{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}]";
    };
    CHECK(read_in_pieces(deep(64), 100).complete);
    CHECK(read_in_pieces(deep(65), 100).error == "row 1 is nested deeper than 64 levels");
    CHECK(read_in_pieces("[" + std::string(1'000'000, '{'), 4'096).error == "row 1 is nested deeper than 64 levels");
}
