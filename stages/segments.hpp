// One large object as several: what travels from fetch to decompress when an object is decoded by many workers.
//
//   fetch      finds the index, announces the segments in order, reads their ranges and puts what was decoded back in
//              order (stages/fetch_segments.hpp)
//   decompress takes a segment as it takes an object, and sends what it decodes back
#pragma once

#include "stages/codec/decoder.hpp"
#include "stages/records.hpp"

#include <variant>

namespace af {

struct SegmentWork {
    ObjectPtr object;
    std::optional<Inflated> opens;  // with the first of an object: passed on as it is, its pieces come from fetch
    Receiver<Piece> stored;
    Sender<Piece> raw;
    std::optional<Codec> codec{};                 // none: the whole object, to be told by its bytes
    std::uint64_t inflated_bytes = kUnknownSize;  // as many must come out; more are never passed on
    std::uint64_t skip = 0;                       // inflated bytes at the start that were passed on before
};

using Fetched = std::variant<Compressed, SegmentWork>;

}  // namespace af
