// A part of a compressed object that can be decoded by itself, and how an object is cut into such parts. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace af {

// Whole blocks (.xz) or frames (.zst).
struct Segment {
    std::uint64_t begin = 0;  // of the stored bytes: [begin, end)
    std::uint64_t end = 0;
    std::uint64_t inflated_bytes = 0;
    // What stands before and behind those bytes so that all of it is an object of the same codec, to be verified as
    // such.
    std::string before;
    std::string after;
};

// In inflated bytes: neighbours are put together up to `wanted`; an object with a block or frame of more than `most` is
// not cut.
struct SegmentSizes {
    std::uint64_t wanted = std::uint64_t{16} << 20;
    std::uint64_t most = std::uint64_t{64} << 20;
};

}  // namespace af
