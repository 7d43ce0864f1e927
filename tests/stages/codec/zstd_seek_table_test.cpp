#include "stages/codec/zstd_seek_table.hpp"

#include "tests/support/decoded.hpp"
#include "tests/support/made_by_tool.hpp"
#include "tests/support/seek_table.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::decoded;
using test::made_by;
using test::numbered_lines;
using test::seek_table;
using test::seekable;

namespace {

constexpr SegmentSizes kSmall{.wanted = 20'000, .most = 100'000};

}  // namespace

TEST_CASE("a .zst object with a seek table is cut into segments that decode to all of it", "[zstd_seek_table]") {
    const std::string text = numbered_lines(10'000);
    const test::Seekable made = seekable(text, 7000);
    for (bool checksums : {false, true}) {
        const std::string object = made.whole(checksums);
        CHECK(zstd_table_bytes(object) + made.frames.size() == object.size());
        const auto segments = zstd_segments(object, object.size(), kSmall);
        CHECK(segments.size() >= text.size() / kSmall.wanted);
        std::string joined;
        for (const Segment& segment : segments) {
            const auto part =
                decoded(Codec::zstd, std::string_view(object).substr(segment.begin, segment.end - segment.begin));
            REQUIRE(part);
            CHECK(part->size() == segment.inflated_bytes);
            CHECK(part->size() <= kSmall.wanted);
            joined += *part;
        }
        CHECK((joined == text));
        CHECK(segments.back().end == made.frames.size());
        const auto passed_over = decoded(Codec::zstd, object);
        REQUIRE(passed_over);
        CHECK((*passed_over == text));
    }
}

TEST_CASE("frames that the zstd program made are found by their table", "[zstd_seek_table]") {
    const std::string first = made_by("zstd -q -c", numbered_lines(3000));
    const std::string second = made_by("zstd -q -c --no-check -9", numbered_lines(2000));
    const auto size = [](const std::string& text) { return static_cast<std::uint32_t>(text.size()); };
    const std::string object =
        first + second +
        seek_table({{size(first), size(numbered_lines(3000))}, {size(second), size(numbered_lines(2000))}});
    const auto segments = zstd_segments(object, object.size(), kSmall);
    REQUIRE(segments.size() == 2);
    CHECK(segments[1].begin == first.size());
    CHECK((*decoded(Codec::zstd, std::string_view(object).substr(segments[1].begin, second.size())) ==
           numbered_lines(2000)));
}

TEST_CASE("a table that does not hold together leaves no segments", "[zstd_seek_table]") {
    const test::Seekable made = seekable(numbered_lines(5000), 7000);
    const auto none = [](const std::string& object) { return zstd_segments(object, object.size(), kSmall).empty(); };
    REQUIRE_FALSE(none(made.whole()));
    CHECK(none(made.frames));
    CHECK(none(made.frames + "x" + seek_table(made.sizes)));
    CHECK(none(made.whole().substr(1)));
    CHECK(none(made.whole() + "x"));
    CHECK(none(seek_table(made.sizes).substr(1)));
    test::FrameSizes longer = made.sizes;
    longer[1].first += 1;
    CHECK(none(made.frames + seek_table(longer)));
    test::FrameSizes empty = made.sizes;
    empty.emplace_back(0, 0);
    CHECK(none(made.frames + seek_table(empty)));
    test::FrameSizes huge = made.sizes;
    huge[1].second = kSmall.most + 1;
    CHECK(none(made.frames + seek_table(huge)));
    const std::string good = made.whole();
    const std::size_t table = zstd_table_bytes(good);
    for (std::size_t at :
         {std::size_t{0}, std::size_t{3}, std::size_t{4}, std::size_t{7}, table - 9, table - 6, table - 4, table - 1}) {
        std::string changed = good;
        changed[good.size() - table + at] ^= 0x04;
        INFO(at);
        CHECK(none(changed));
    }
}

TEST_CASE("a table of more frames than an object could hold is asked for, not believed", "[zstd_seek_table]") {
    const std::string footer = test::little_endian(0xFFFFFFFF) + std::string(1, '\0') + test::little_endian(0x8F92EAB1);
    CHECK(zstd_table_bytes(footer) > (std::uint64_t{1} << 34));
    CHECK(zstd_segments(footer, footer.size(), kSmall).empty());
}
