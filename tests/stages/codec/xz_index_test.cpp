#include "stages/codec/xz_index.hpp"

#include "tests/support/decoded.hpp"
#include "tests/support/made_by_tool.hpp"
#include "tests/support/sample_objects.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::decoded;
using test::made_by;
using test::numbered_lines;

namespace {

constexpr SegmentSizes kSmall{.wanted = 20'000, .most = 100'000};

std::string joined(const std::string& object, const std::vector<Segment>& segments) {
    std::string text;
    std::uint64_t at = 0;
    for (const Segment& segment : segments) {
        CHECK(segment.begin == at);
        at = segment.end;
        const std::string whole =
            segment.before + object.substr(segment.begin, segment.end - segment.begin) + segment.after;
        const Result<std::string> part = decoded(Codec::xz, whole);
        REQUIRE(part);
        CHECK(part->size() == segment.inflated_bytes);
        text += *part;
    }
    return text;
}

}  // namespace

TEST_CASE("an .xz object of many blocks is cut into segments that decode to all of it, each by itself", "[xz_index]") {
    const std::string text = numbered_lines(10'000);
    for (const char* command :
         {"xz -1 --block-size=16384", "xz -1 -T2 --block-size=16384", "xz -1 --block-size=4096 -C crc32",
          "xz -1 --block-size=4096 -C sha256", "xz -1 --block-size=4096 -C none"}) {
        INFO(command);
        const std::string object = made_by(command, text);
        CHECK(xz_index_bytes(object) == xz_index_bytes(std::string_view(object).substr(object.size() - 12)));
        const auto segments = xz_segments(object, object.size(), kSmall);
        CHECK(segments.size() >= text.size() / kSmall.wanted);
        CHECK((joined(object, segments) == text));
        CHECK(segments.back().end + xz_index_bytes(object) == object.size());
        for (const Segment& segment : segments) CHECK(segment.inflated_bytes <= kSmall.wanted);
    }
}

TEST_CASE("an .xz object of one block is one segment, an empty one none", "[xz_index]") {
    const std::string object = made_by("xz -1", numbered_lines(1000));
    CHECK(xz_segments(object, object.size(), {}).size() == 1);
    const std::string empty = made_by("xz -1", "");
    CHECK(xz_index_bytes(empty) > 0);
    CHECK(xz_segments(empty, empty.size(), {}).empty());
}

TEST_CASE("blocks that are too large to be decoded ahead are not cut", "[xz_index]") {
    const std::string object = made_by("xz -1 --block-size=65536", numbered_lines(10'000));
    CHECK(xz_segments(object, object.size(), {.wanted = 65536, .most = 65536}).size() > 1);
    CHECK(xz_segments(object, object.size(), {.wanted = 65536, .most = 65535}).empty());
}

TEST_CASE("two Streams in one object, and padding behind one, are told to have no index", "[xz_index]") {
    const std::string object = made_by("xz -1 --block-size=16384", numbered_lines(5000));
    const std::string twice = object + object;
    CHECK(xz_segments(twice, twice.size(), kSmall).empty());
    const std::string padded = object + std::string(4, '\0');
    CHECK(xz_index_bytes(padded) == 0);
    CHECK(xz_segments(padded, padded.size(), kSmall).empty());
}

TEST_CASE("any changed byte of an Index or a footer, and any cut, leaves no segments", "[xz_index]") {
    const std::string object = made_by("xz -1 --block-size=4096", numbered_lines(5000));
    const std::size_t index = xz_index_bytes(object);
    REQUIRE(index > 100);
    for (std::size_t at = object.size() - index; at < object.size(); ++at) {
        std::string changed = object;
        changed[at] = static_cast<char>(changed[at] ^ 0x10);
        CHECK(xz_segments(changed, changed.size(), kSmall).empty());
    }
    for (std::size_t cut = 1; cut <= index; ++cut) {
        const std::string short_one = object.substr(0, object.size() - cut);
        CHECK(xz_segments(short_one, short_one.size(), kSmall).empty());
    }
    CHECK(xz_segments(std::string_view(object).substr(object.size() - index), object.size() + 4, kSmall).empty());
    CHECK(xz_segments(std::string_view(object).substr(object.size() - index + 1), object.size(), kSmall).empty());
}

TEST_CASE("bytes of any other kind are told to have no index", "[xz_index]") {
    for (const std::string& object : {std::string(), std::string("YZ"), std::string(100, '\0'), numbered_lines(10),
                                      zstd(numbered_lines(10)), lzma(numbered_lines(10))}) {
        CHECK(xz_index_bytes(object) == 0);
        CHECK(xz_segments(object, object.size(), kSmall).empty());
    }
}
