#include "stages/codec/detect.hpp"

#include "tests/support/sample_objects.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {
const std::string kText = "{\"info\": {\"OS\": \"WINNT\"}}\n{\"\xC3\xA9\": 1}\n";
}

TEST_CASE("the bytes say the codec, whatever the name says, and a conflict is warned of", "[codec]") {
    for (Codec codec : {Codec::xz, Codec::gzip, Codec::zstd, Codec::bzip2}) {
        for (Codec as : {Codec::plain, Codec::xz, Codec::lzma, Codec::gzip, Codec::zstd, Codec::bzip2}) {
            INFO(codec_name(codec) << " named " << suffix_of(as));
            const Detected detected = detect_codec(compressed(codec, kText), named("a/b", as));
            CHECK(detected.codec == codec);
            CHECK(detected.warning.empty() == (as == codec || as == Codec::plain));
        }
    }
}

TEST_CASE("text with a codec's suffix is plain and warned of", "[codec]") {
    for (Codec as : {Codec::xz, Codec::lzma, Codec::gzip, Codec::zstd, Codec::bzip2}) {
        const Detected detected = detect_codec(kText, named("x", as));
        CHECK(detected.codec == Codec::plain);
        CHECK(detected.warning == "its name says " + std::string(codec_name(as)) + ", its bytes are plain text");
    }
}

TEST_CASE("lzma has no magic number: its suffix says it", "[codec]") {
    CHECK(detect_codec(lzma(kText), "a.lzma").codec == Codec::lzma);
    CHECK(detect_codec(lzma(kText), "a.LZMA").codec == Codec::lzma);
    CHECK(detect_codec(lzma(kText), "a.lzma/b").codec == Codec::plain);
    CHECK(detect_codec("", "a.lzma").codec == Codec::lzma);
}

TEST_CASE("a damaged or cut header stays an object of its suffix, never plain lines", "[codec]") {
    for (Codec codec : {Codec::xz, Codec::lzma, Codec::gzip, Codec::zstd, Codec::bzip2}) {
        std::string stored = compressed(codec, kText);
        for (std::size_t cut = 0; cut < stored.size(); ++cut) {
            INFO(codec_name(codec) << " cut at " << cut);
            CHECK(detect_codec(std::string_view(stored).substr(0, cut), named("a", codec)).codec == codec);
        }
        for (std::size_t flipped = 0; flipped < 6; ++flipped) {
            std::string damaged = stored;
            damaged[flipped] = static_cast<char>(damaged[flipped] ^ 0x04);
            INFO(codec_name(codec) << " flipped at " << flipped);
            CHECK(detect_codec(damaged, named("a", codec)).codec == codec);
        }
    }
}

TEST_CASE("text that begins like a magic number is text", "[codec]") {
    CHECK(detect_codec("BZh is how bzip2 files begin\n", "notes.txt").codec == Codec::plain);
    CHECK(detect_codec("BZh is how bzip2 files begin\n", "notes.txt.bz2").codec == Codec::plain);
    CHECK(detect_codec("7zXZ\n", "notes").codec == Codec::plain);
}
