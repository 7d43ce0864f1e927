// .zst objects in the seekable format: frames by the zstd library, and the table behind them.
#pragma once

#include "tests/support/sample_objects.hpp"

#include <utility>

namespace af::test {

inline std::string little_endian(std::uint32_t word) {
    std::string bytes;
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(word >> shift & 255));
    return bytes;
}

using FrameSizes = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // as stored, inflated

inline std::string seek_table(const FrameSizes& frames, bool checksums = false) {
    std::string entries;
    for (const auto& [stored, inflated] : frames) {
        entries += little_endian(stored) + little_endian(inflated);
        if (checksums) entries += little_endian(0);
    }
    entries += little_endian(static_cast<std::uint32_t>(frames.size()));
    entries.push_back(checksums ? '\x80' : '\0');
    entries += little_endian(0x8F92EAB1);
    return little_endian(0x184D2A5E) + little_endian(static_cast<std::uint32_t>(entries.size())) + entries;
}

struct Seekable {
    std::string frames;
    FrameSizes sizes;
    std::string whole(bool checksums = false) const { return frames + seek_table(sizes, checksums); }
};

inline Seekable seekable(std::string_view text, std::size_t frame_bytes) {
    Seekable made;
    for (; !text.empty(); text.remove_prefix(std::min(frame_bytes, text.size()))) {
        const std::string_view part = text.substr(0, frame_bytes);
        const std::string frame = zstd(part);
        made.frames += frame;
        made.sizes.emplace_back(static_cast<std::uint32_t>(frame.size()), static_cast<std::uint32_t>(part.size()));
    }
    return made;
}

}  // namespace af::test
