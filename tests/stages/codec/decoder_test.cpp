#include "stages/codec/decoder.hpp"

#include "tests/support/sample_objects.hpp"

#include <unistd.h>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using namespace af;

namespace {

constexpr std::size_t kMemory = std::size_t{128} << 20;
constexpr Codec kCompressing[] = {Codec::xz, Codec::lzma, Codec::gzip, Codec::zstd, Codec::bzip2};

struct Decoded {
    std::string text;
    std::optional<Error> error;
    bool whole = false;
};

// `in` a piece at a time into buffers of `room` bytes, the way the stage does it.
Decoded decode_all(Decoder& decoder, std::string_view in, std::size_t piece, std::size_t room) {
    Decoded decoded;
    std::string buffer(room, '\0');
    std::size_t filled = 0;
    decoder.reset();
    for (;;) {
        std::string_view now = in.substr(0, piece);
        in.remove_prefix(now.size());
        const bool last = in.empty() && now.empty();
        do {
            Result<Step> step = decoder.decode(now, last, std::span<char>(buffer).subspan(filled));
            if (!step) {
                decoded.error = std::move(step.error());
                return decoded;
            }
            now.remove_prefix(step->consumed);
            filled += step->produced;
            if (filled == room || step->ended) {
                decoded.text.append(buffer, 0, filled);
                filled = 0;
            }
            if (step->ended) {
                decoded.whole = now.empty() && in.empty();
                return decoded;
            }
        } while (last || !now.empty());
    }
}

Decoded decode_all(Codec codec, std::string_view in, std::size_t piece = 1 << 18, std::size_t room = 1 << 16) {
    return decode_all(*make_decoder(codec, kMemory), in, piece, room);
}

std::string telemetry_like(std::size_t bytes, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < bytes) {
        text += R"({"info":{"OS":"WINNT","build":)" + std::to_string(random()) + R"(},"histogram":[)";
        for (unsigned i = random() % 40; i > 0; --i) text += std::to_string(random() % 1000) + ",";
        text += "0]}\n";
    }
    return text;
}

bool says(const Decoded& decoded, std::string_view tag) {
    return decoded.error && decoded.error->kind() == ErrorKind::corrupt &&
           std::string_view(decoded.error->what()).find(tag) != std::string_view::npos;
}

}  // namespace

TEST_CASE("every codec gives back what went in, whatever the sizes of pieces and buffers", "[codec]") {
    const std::string text = telemetry_like(150'000);
    for (Codec codec : {Codec::plain, Codec::xz, Codec::lzma, Codec::gzip, Codec::zstd, Codec::bzip2}) {
        INFO(codec_name(codec));
        const std::string stored = compressed(codec, text);
        auto decoder = make_decoder(codec, kMemory);
        for (std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, std::size_t{1} << 20}) {
            for (std::size_t room : {std::size_t{1}, std::size_t{13}, std::size_t{1000}, std::size_t{1} << 20}) {
                const Decoded decoded = decode_all(*decoder, stored, piece, room);
                INFO("piece " << piece << ", room " << room);
                REQUIRE(!decoded.error);
                REQUIRE(decoded.whole);
                REQUIRE(decoded.text == text);
            }
        }
    }
}

TEST_CASE("a decoder reads object after object, also behind a damaged one", "[codec]") {
    for (Codec codec : kCompressing) {
        INFO(codec_name(codec));
        auto decoder = make_decoder(codec, kMemory);
        for (unsigned i = 0; i < 20; ++i) {
            const std::string text = telemetry_like(i * 3000, i);
            const std::string stored = compressed(codec, text);
            CHECK(decode_all(*decoder, stored, 1000, 1000).text == text);
            CHECK(decode_all(*decoder, stored.substr(0, stored.size() / 2), 1000, 1000).error);
        }
    }
}

TEST_CASE("1 to 50 concatenated members are one object", "[codec]") {
    for (Codec codec : {Codec::xz, Codec::gzip, Codec::zstd, Codec::bzip2}) {
        INFO(codec_name(codec));
        std::string stored;
        std::string text;
        for (unsigned members = 1; members <= 50; ++members) {
            const std::string more = telemetry_like(members % 7 == 0 ? 0 : 20 * members, members);
            stored += compressed(codec, more);
            text += more;
            for (std::size_t piece : {std::size_t{1}, std::size_t{64}, std::size_t{1} << 20}) {
                const Decoded decoded = decode_all(codec, stored, piece, 4096);
                INFO("members " << members << ", piece " << piece);
                REQUIRE(!decoded.error);
                REQUIRE(decoded.text == text);
            }
        }
    }
}

TEST_CASE("an .lzma object is exactly one stream", "[codec]") {
    CHECK(says(decode_all(Codec::lzma, lzma("one\n") + lzma("two\n")), "TRAILING_GARBAGE"));
}

TEST_CASE("an object cut at any offset is truncated", "[codec]") {
    const std::string text = telemetry_like(1500);
    for (Codec codec : kCompressing) {
        auto decoder = make_decoder(codec, kMemory);
        const std::string stored = compressed(codec, text);
        for (std::size_t cut = 1; cut < stored.size(); ++cut) {
            INFO(codec_name(codec) << " cut at " << cut << " of " << stored.size());
            const Decoded decoded = decode_all(*decoder, std::string_view(stored).substr(0, cut), 100, 100);
            REQUIRE(says(decoded, "TRUNCATED at compressed byte " + std::to_string(cut)));
        }
    }
}

TEST_CASE("a second member cut at any offset makes the object truncated", "[codec]") {
    for (Codec codec : {Codec::xz, Codec::gzip, Codec::zstd, Codec::bzip2}) {
        const std::string first = compressed(codec, "one\n");
        const std::string stored = first + compressed(codec, "two\n");
        for (std::size_t cut = first.size() + 1; cut < stored.size(); ++cut) {
            INFO(codec_name(codec) << " cut at " << cut << " of " << stored.size());
            REQUIRE(decode_all(codec, std::string_view(stored).substr(0, cut)).error);
        }
    }
}

TEST_CASE("a flipped byte never gives an object that is whole and different", "[codec]") {
    const std::string text = telemetry_like(1500);
    for (Codec codec : {Codec::xz, Codec::gzip, Codec::zstd, Codec::bzip2}) {
        auto decoder = make_decoder(codec, kMemory);
        std::string stored = compressed(codec, text);
        unsigned refused = 0;
        for (std::size_t i = 0; i < stored.size(); ++i) {
            for (unsigned char mask : {0x01, 0x80, 0xFF}) {
                stored[i] = static_cast<char>(stored[i] ^ mask);
                const Decoded decoded = decode_all(*decoder, stored, 4096, 4096);
                INFO(codec_name(codec) << " byte " << i << " mask " << int(mask));
                // Bytes that mean nothing (time, OS and flags of a gzip header) may change.
                REQUIRE((decoded.error || decoded.text == text));
                refused += decoded.error ? 1 : 0;
                stored[i] = static_cast<char>(stored[i] ^ mask);
            }
        }
        CHECK(refused > stored.size() * 3 * 9 / 10);
    }
}

TEST_CASE("bytes behind the end are refused as trailing garbage", "[codec]") {
    std::mt19937 random(3);
    for (Codec codec : kCompressing) {
        const std::string stored = compressed(codec, telemetry_like(500));
        for (std::size_t bytes = 1; bytes <= 64; ++bytes) {
            std::string garbage;
            for (std::size_t i = 0; i < bytes; ++i) garbage += static_cast<char>('a' + random() % 26);
            INFO(codec_name(codec) << " garbage " << garbage);
            const Decoded decoded = decode_all(codec, stored + garbage);
            REQUIRE(decoded.error);
            REQUIRE(decoded.error->kind() == ErrorKind::corrupt);
            if (bytes >= 12)
                REQUIRE(says(decoded, "TRAILING_GARBAGE at compressed byte " + std::to_string(stored.size())));
        }
    }
}

TEST_CASE("zero padding is allowed behind gzip, and behind xz in multiples of 4", "[codec]") {
    const std::string gzip_one = gzip("one\n");
    const std::string gzip_two = gzip("two\n");
    const std::string xz_one = xz("one\n");
    const std::string xz_two = xz("two\n");
    const std::string zstd_one = zstd("one\n");
    const std::string bzip2_one = bzip2("one\n");
    for (std::size_t zeros = 1; zeros <= 64; ++zeros) {
        INFO(zeros);
        const std::string padding(zeros, '\0');
        CHECK(decode_all(Codec::gzip, gzip_one + padding).text == "one\n");
        CHECK(decode_all(Codec::gzip, gzip_one + padding + gzip_two, 1).text == "one\ntwo\n");
        CHECK(says(decode_all(Codec::gzip, gzip_one + padding + "garbage of many bytes"), "TRAILING_GARBAGE"));
        const Decoded padded = decode_all(Codec::xz, xz_one + padding + xz_two, 1);
        if (zeros % 4 == 0)
            CHECK(padded.text == "one\ntwo\n");
        else
            CHECK(says(padded, "TRAILING_GARBAGE"));
        CHECK(decode_all(Codec::xz, xz_one + padding).whole == (zeros % 4 == 0));
        CHECK(says(decode_all(Codec::zstd, zstd_one + padding), "TRAILING_GARBAGE"));
        CHECK(decode_all(Codec::bzip2, bzip2_one + padding).error);
    }
}

TEST_CASE("skippable frames of zstd are passed over", "[codec]") {
    using namespace std::string_literals;
    const std::string skippable = "\x53\x2A\x4D\x18\x05\0\0\0hello"s;
    CHECK(decode_all(Codec::zstd, skippable + zstd("one\n") + skippable + zstd("two\n"), 1).text == "one\ntwo\n");
}

TEST_CASE("an empty object is no compressed one, an empty stream is", "[codec]") {
    for (Codec codec : kCompressing) {
        INFO(codec_name(codec));
        CHECK(says(decode_all(codec, ""), "EMPTY"));
        const Decoded decoded = decode_all(codec, compressed(codec, ""));
        CHECK(decoded.whole);
        CHECK(decoded.text.empty());
    }
    CHECK(decode_all(Codec::plain, "").whole);
}

TEST_CASE("bytes of another format are refused by every decoder", "[codec]") {
    for (Codec decoder : kCompressing) {
        for (Codec codec : {Codec::plain, Codec::xz, Codec::lzma, Codec::gzip, Codec::zstd, Codec::bzip2}) {
            if (codec == decoder) continue;
            INFO(codec_name(decoder) << " reads " << codec_name(codec));
            CHECK(decode_all(decoder, compressed(codec, telemetry_like(3000))).error);
        }
    }
}

TEST_CASE("a header that asks for more memory than allowed is refused before it gets any", "[codec]") {
    using namespace std::string_literals;
    CHECK(says(decode_all(Codec::lzma, "\x5D\0\0\0\x60\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0aaaaaaaaaaaaaaaa"s),
               "MEMORY_LIMIT"));
    const std::string text(1000, 'x');
    CHECK(says(decode_all(*make_decoder(Codec::xz, 4 << 20), xz(text, 6), 100, 100), "MEMORY_LIMIT"));
    const auto zstd_window = [](char descriptor) { return "\x28\xB5\x2F\xFD\0"s + descriptor + "\x01\0\0"s; };
    CHECK(decode_all(Codec::zstd, zstd_window('\x88')).whole);  // 128 MiB
    CHECK(says(decode_all(Codec::zstd, zstd_window('\x89')), "MEMORY_LIMIT"));
}

TEST_CASE("what the command line tools write is read, at every level", "[codec]") {
    struct Tool {
        Codec codec;
        const char* command;
    };
    const Tool tools[] = {{Codec::xz, "xz -0"},
                          {Codec::xz, "xz -9e"},
                          {Codec::xz, "xz -T2 --block-size=20000"},
                          {Codec::xz, "xz -C none"},
                          {Codec::xz, "xz -C sha256 --x86 --lzma2"},
                          {Codec::lzma, "xz --format=lzma -3"},
                          {Codec::lzma, "xz --format=lzma -9"},
                          {Codec::gzip, "gzip -1"},
                          {Codec::gzip, "gzip -9"},
                          {Codec::zstd, "zstd -q -1 -c"},
                          {Codec::zstd, "zstd -q -19 --long=27 -c"},
                          {Codec::zstd, "zstd -q --no-check -c"},
                          {Codec::bzip2, "bzip2 -1"},
                          {Codec::bzip2, "bzip2 -9"}};
    const std::string text = telemetry_like(300'000);
    const auto folder = std::filesystem::temp_directory_path() / ("af-codec-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const auto plain = (folder / "plain").string();
    const auto packed = (folder / "packed").string();
    std::ofstream(plain, std::ios::binary) << text;
    for (const Tool& tool : tools) {
        INFO(tool.command);
        const std::string program(tool.command, std::string_view(tool.command).find(' '));
        if (std::system(("command -v " + program + " >/dev/null").c_str()) != 0) {
            WARN(program << " is not installed: not compared");
            continue;
        }
        REQUIRE(std::system((std::string(tool.command) + " < " + plain + " > " + packed).c_str()) == 0);
        std::ifstream file(packed, std::ios::binary);
        const std::string stored((std::istreambuf_iterator<char>(file)), {});
        const Decoded decoded = decode_all(tool.codec, stored);
        CHECK(!decoded.error);
        CHECK((decoded.text == text));
    }
    std::filesystem::remove_all(folder);
}
