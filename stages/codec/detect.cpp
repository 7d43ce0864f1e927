#include "stages/codec/detect.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <utility>

namespace af {

namespace {

using namespace std::string_view_literals;

constexpr std::array<std::pair<std::string_view, Codec>, 9> kSuffixes{{{"xz", Codec::xz},
                                                                       {"lzma", Codec::lzma},
                                                                       {"gz", Codec::gzip},
                                                                       {"gzip", Codec::gzip},
                                                                       {"zst", Codec::zstd},
                                                                       {"zstd", Codec::zstd},
                                                                       {"bz2", Codec::bzip2},
                                                                       {"bzip2", Codec::bzip2},
                                                                       {"bz", Codec::bzip2}}};

bool is_zstd_skippable(std::string_view first) {
    return first.size() >= 4 && (static_cast<unsigned char>(first[0]) & 0xF0) == 0x50 &&
           first.substr(1, 3) == "\x2A\x4D\x18"sv;
}

// "BZh" may begin a text, so the level and the block's or the end's magic number count too.
bool is_bzip2(std::string_view first) {
    if (first.size() < 10 || !first.starts_with("BZh") || first[3] < '1' || first[3] > '9') return false;
    const std::string_view block = first.substr(4, 6);
    return block == "\x31\x41\x59\x26\x53\x59"sv || block == "\x17\x72\x45\x38\x50\x90"sv;
}

std::optional<Codec> codec_of_magic(std::string_view first) {
    if (first.starts_with("\xFD\x37zXZ\0"sv)) return Codec::xz;
    if (first.starts_with("\x1F\x8B\x08"sv)) return Codec::gzip;
    if (first.starts_with("\x28\xB5\x2F\xFD"sv) || is_zstd_skippable(first)) return Codec::zstd;
    if (is_bzip2(first)) return Codec::bzip2;
    return std::nullopt;
}

// Length of the UTF-8 sequence that starts with `lead`; 0 when none does.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead < 0xE0) return 2;
    if (lead >= 0xE0 && lead < 0xF0) return 3;
    if (lead >= 0xF0 && lead < 0xF5) return 4;
    return 0;
}

bool is_text(std::string_view bytes) {
    bytes = bytes.substr(0, kDetectBytes);
    for (std::size_t i = 0; i < bytes.size();) {
        const auto lead = static_cast<unsigned char>(bytes[i]);
        if ((lead < 0x20 && (lead < '\t' || lead > '\r')) || lead == 0x7F) return false;
        const std::size_t length = sequence_length(lead);
        if (length == 0) return false;
        const std::string_view tail = bytes.substr(i + 1, length - 1);  // may be cut off by the end
        if (!std::all_of(tail.begin(), tail.end(), [](unsigned char c) { return (c & 0xC0) == 0x80; })) return false;
        i += length;
    }
    return true;
}

// An object cut within its magic number is a truncated one, not a text: BZh and (P are printable.
bool is_cut_magic(std::string_view first, Codec codec) {
    if (codec == Codec::bzip2) return first.size() < 10 && "BZh"sv.starts_with(first.substr(0, 3));
    if (codec == Codec::zstd) return first.size() < 4 && "\x28\xB5\x2F\xFD"sv.starts_with(first);
    return codec == Codec::lzma && first.size() < 13 && "]\0\0"sv.starts_with(first.substr(0, 3));
}

}  // namespace

Codec codec_of_suffix(std::string_view name) {
    const std::size_t dot = name.find_last_of("./");
    if (dot == std::string_view::npos || name[dot] == '/') return Codec::plain;
    std::string suffix(name.substr(dot + 1));
    std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto* found =
        std::find_if(kSuffixes.begin(), kSuffixes.end(), [&](const auto& entry) { return entry.first == suffix; });
    return found == kSuffixes.end() ? Codec::plain : found->second;
}

bool may_have_index(std::string_view name) {
    const Codec codec = codec_of_suffix(name);
    return codec == Codec::xz || codec == Codec::zstd;
}

Detected detect_codec(std::string_view first, std::string_view name) {
    const Codec named = codec_of_suffix(name);
    if (auto magic = codec_of_magic(first)) {
        if (*magic == named || named == Codec::plain) return {*magic, {}};
        return {*magic, fmt::format("its name says {}, its bytes are {}", codec_name(named), codec_name(*magic))};
    }
    if (named == Codec::plain) return {Codec::plain, {}};
    if (first.empty() || is_cut_magic(first, named) || !is_text(first)) return {named, {}};
    return {Codec::plain, fmt::format("its name says {}, its bytes are plain text", codec_name(named))};
}

}  // namespace af
