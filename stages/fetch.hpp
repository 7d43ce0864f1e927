// stages/fetch.hpp - ObjectPtr -> Fetched: reads objects, as many side by side as the width control allows.
//
// In       objects, the largest first.  Out: one Compressed for each, as soon as its first bytes can be read or will
//          never be; for a large object with an index the segments of it (stages/fetch_segments.hpp).
// Bounds   an object holds at most `pieces` and four blocks of its transfer; one that nobody has taken yet reads no
//          further than that, which hides the wait for the first byte of the next objects. Objects: the width, plus the
//          buffer of `out`.
// Width    a worker handles one object at a time: give the stage as many workers as the width control's maximum.
// Errors   of one object: its stream of pieces ends with the Error, which names the object. expired, os, no_space and
//          bug end the pipeline, since every other object would meet the same.
// Ends     when `in` is drained. An object whose reader has gone is left.
// Threads  the network executor; `store` and what `options` points to outlive the pipeline.
#pragma once

#include "engine/retry.hpp"
#include "engine/stage.hpp"
#include "engine/width_control.hpp"
#include "stages/fetch_segments.hpp"
#include "stages/object_store.hpp"
#include "stages/segments.hpp"

namespace af {

struct FetchOptions {
    Retrier retrier;
    WidthControl* width;
    ChannelLimits pieces{.items = 8, .bytes = 4 * (256 << 10)};
    SegmentOptions segments{};
};

Task<void> fetch(Ports<ObjectPtr, Fetched> io, FetchOptions options, ObjectStore& store);

}  // namespace af
