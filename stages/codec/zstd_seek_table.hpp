// The seek table at the end of a .zst object in the seekable format: where its frames lie.
//
// Verified the table against its own lengths and against the size of the object. What it says of the frames is verified
//          by whoever decodes the segments; the decoder of the whole object passes over the table unread. Its checksums
//          of frames are not looked at: frames carry their own.
// Source   https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md
#pragma once

#include "stages/codec/segment.hpp"

#include <string_view>

namespace af {

// How many bytes at the end hold the table, going by the last ones, `tail`; 0: those are not the end of a table.
std::uint64_t zstd_table_bytes(std::string_view tail);

// `tail`: at least zstd_table_bytes() of the end of an object of `stored_bytes`. The segments in order, all of it but
// the table; empty when it does not hold together, or when the object cannot be cut.
std::vector<Segment> zstd_segments(std::string_view tail, std::uint64_t stored_bytes, const SegmentSizes& sizes);

}  // namespace af
