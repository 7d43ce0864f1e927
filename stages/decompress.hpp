// decompress: Fetched -> Inflated: the original bytes of each object, in blocks of `raw_blocks`.
//
// In       objects whose pieces may still be on their way.
// Out      one Inflated for each, put downstream before its first byte is decoded, so reading, decoding and splitting
//          of one object overlap. Its pieces end with the end mark, or with an Error: what fetch said, or corrupt
//          (stages/codec/inflater.hpp). `totals` is final when the last piece has arrived.
//          A segment (stages/segments.hpp) goes back to fetch, which puts segments in order; only the object that the
//          first one opens goes downstream.
// Size     workers x (options.buffer.items + 1) blocks and workers x limits.decoder_memory_bytes. What is decoded of
//          segments is bounded by fetch, which knows what they inflate to: a segment never yields more.
// Ends     with `cancelled` when an object's pieces close without an end. An object that nobody reads any more is
//          dropped.
// Threads  for the CPU pool: a worker decodes on its own strand; `raw_blocks` outlives the pipeline. `on_warning` is
//          called from any of them and must not throw.
#pragma once

#include "engine/stage.hpp"
#include "stages/codec/inflater.hpp"
#include "stages/segments.hpp"

#include <functional>

namespace af {

// Told of an object that was read, but not as its name suggests.
using WarningHandler = std::function<void(const ObjectRef& object, const std::string& warning)>;

struct DecompressOptions {
    InflateLimits limits;
    ChannelLimits buffer{.items = 3};  // between the decoder and the splitter of an object
    WarningHandler on_warning;
};

Task<void> decompress(Ports<Fetched, Inflated> io, DecompressOptions options, BlockPool& raw_blocks);

}  // namespace af
