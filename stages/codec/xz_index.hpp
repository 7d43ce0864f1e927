// The Index at the end of an .xz object: where its blocks lie. Only of an object that is one Stream without padding, as
// `xz` and `pixz` write it; any other is told to have none.
//
// Verified the Index and the footer against their CRC32, against each other and against the size of the object. What
//          they say of the blocks is verified by whoever decodes the segments: each is a Stream with an Index of its
//          own.
// Source   The .xz File Format 1.1.0, sections 2 and 4.
#pragma once

#include "stages/codec/segment.hpp"

#include <string_view>

namespace af {

// How many bytes at the end hold Index and footer, going by the last ones, `tail`; 0: those are not the end of a
// Stream.
std::uint64_t xz_index_bytes(std::string_view tail);

// `tail`: at least xz_index_bytes() of the end of an object of `stored_bytes`. The segments in order, all of it but
// Index and footer; empty when they do not hold together, or when the object cannot be cut.
std::vector<Segment> xz_segments(std::string_view tail, std::uint64_t stored_bytes, const SegmentSizes& sizes);

}  // namespace af
