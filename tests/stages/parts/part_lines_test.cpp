#include "stages/parts/part_lines.hpp"

#include "tests/support/run_stage.hpp"

#include <catch2/catch.hpp>
#include <tuple>

using namespace af;
using namespace std::string_literals;

namespace {

using Row = std::tuple<std::string, std::uint32_t, std::string>;
using Rows = std::vector<Row>;

class RowStream final : public PairStream {
public:
    explicit RowStream(const Rows& rows) : rows_(rows) {}
    bool next() override {
        if (at_ == rows_.size()) return false;
        const auto& [key, ordinal, value] = rows_[at_++];
        pair_ = {key, value, ordinal};
        return true;
    }

private:
    const Rows& rows_;
    std::size_t at_ = 0;
};

std::string lines_of(const Rows& rows, std::size_t block_bytes) {
    BlockPool pool(block_bytes);
    RowStream stream(rows);
    std::uint64_t pairs = 0;
    auto run = run_source(part_lines, stream, pairs, pool);
    REQUIRE(!run.ended_by);
    CHECK(pairs == rows.size());
    std::string text;
    for (const Block& block : run.emitted) text += block.view();
    return text;
}

Rows rows_of(std::string_view text, std::size_t step, std::uint32_t objects = 10) {
    Rows rows;
    PartParser parser(objects, [&rows](const SortedPair& pair) {
        rows.emplace_back(pair.key, pair.ordinal, pair.value);
    });
    for (std::size_t at = 0; at < text.size(); at += step) parser.add(text.substr(at, step));
    parser.finish();
    CHECK(parser.pairs() == rows.size());
    return rows;
}

std::string refusal(std::string_view text) {
    try {
        rows_of(text, 7);
        return "";
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::corrupt);
        return error.what();
    }
}

const Rows kRows{{"", 0, ""},         {"", 0, "v"},      {"", 3, "tab\tand space"}, {"a\0b"s, 1, "x\ry"},
                 {"a b", 0, "value"}, {"a b", 9, "\xff"}, {"\xff\xfe", 2, ""}};

}  // namespace

TEST_CASE("lines of a part read back as the pairs that were written, wherever blocks and chunks end", "[parts]") {
    for (const std::size_t block_bytes : {1u, 3u, 4096u}) {
        const std::string text = lines_of(kRows, block_bytes);
        for (const std::size_t step : {1u, 2u, 5u, 1000u}) CHECK(rows_of(text, step) == kRows);
    }
}

TEST_CASE("a part without pairs is empty", "[parts]") {
    CHECK(lines_of({}, 16).empty());
    CHECK(rows_of("", 1).empty());
}

TEST_CASE("what is no part is refused with the line", "[parts]") {
    CHECK(refusal("a\t0\tv\nb\t1\n") == "line 2 of the part is not of three fields");
    CHECK(refusal("a 0 v\n") == "line 1 of the part is not of three fields");
    CHECK(refusal("a\t10\tv\n") == "line 1 of the part names no object");
    CHECK(refusal("a\t-1\tv\n") == "line 1 of the part names no object");
    CHECK(refusal("a\t\tv\n") == "line 1 of the part names no object");
    CHECK(refusal("a\t99999999999\tv\n") == "line 1 of the part names no object");
    CHECK(refusal("b\t0\tv\na\t0\tv\n") == "line 2 of the part is not in order");
    CHECK(refusal("a\t1\tv\na\t0\tv\n") == "line 2 of the part is not in order");
    CHECK(refusal("a\t0\tv\na\t1\tw") == "line 2 of the part has no end");
}
