#include "bench/compress.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>

using namespace af::bench;

namespace {

std::string text() {
    std::string out;
    for (int i = 0; i < 50'000; ++i) out += std::to_string(i * 7919 % 1000) + (i % 10 ? ", " : "\n");
    return out;
}

std::string packed(Codec codec, std::size_t cut) {
    const auto compressor = make_compressor(codec, std::nullopt);
    const std::string bytes = text();
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += cut)
        compressor->write(std::string_view(bytes).substr(at, cut), out);
    compressor->finish(out);
    return out;
}

}  // namespace

// That the bytes decode again is checked with Python's decoders, by tests/bench/truth_check.py.
TEST_CASE("what a compressor makes does not depend on how its input was cut", "[bench]") {
    for (const Codec codec : all_codecs()) {
        INFO(codec_name(codec));
        CHECK(packed(codec, 1000) == packed(codec, 1 << 20));
    }
}

TEST_CASE("each format starts with its own magic bytes", "[bench]") {
    CHECK(packed(Codec::lzma, 9999).starts_with(std::string("\x5d\0\0", 3)));
    CHECK(packed(Codec::xz, 9999).starts_with("\xfd" "7zXZ"));
    CHECK(packed(Codec::gz, 9999).starts_with("\x1f\x8b"));
    CHECK(packed(Codec::zst, 9999).starts_with("\x28\xb5\x2f\xfd"));
    CHECK(packed(Codec::bz2, 9999).starts_with("BZh9"));
    CHECK(packed(Codec::none, 9999) == text());
}

TEST_CASE("a codec is found by its name, and a stranger is not", "[bench]") {
    for (const Codec codec : all_codecs()) CHECK(codec_named(codec_name(codec)) == codec);
    CHECK_FALSE(codec_named("rar").has_value());
}

TEST_CASE("a level that the codec does not have is a usage error", "[bench]") {
    for (const Codec codec : {Codec::lzma, Codec::xz, Codec::gz, Codec::zst, Codec::bz2}) {
        CHECK_THROWS_AS(make_compressor(codec, 99), af::Error);
    }
}
