// One large object read and decoded as several: the segments that its index tells of (stages/codec/segment.hpp).
//
// Flow     announces the segments in order, reads the range of each once it has a place among the transfers, and hands
//          on what comes back decoded in order, as the pieces of one object: nothing behind can tell it from one that
//          was decoded in one piece.
// Same     when anything but reading fails, the object is read again in one piece from its start, and what was handed
//          on already is left out. So the result, or the error, is that of decoding in one piece also where an index
//          lies: a segment is handed on only when those before it ended just where the index says.
// Whole    all ranges are of the version (ETag) that was opened first. Every byte is verified as in one piece: by the
//          check of its block or frame, the index by its own, and all of it by the CRC that the store has of the whole
//          object, if any. Where the store has but a SHA of it, that one is not computed: the ranges come in no order.
// Size     options.ahead_bytes of inflated bytes that wait for their turn; of stored ones, as for as many objects as
//          there are transfers.
// Order    one object at a time is cut (options.one_at_a_time). Since its segments are announced in order and a decoder
//          takes them in that order, the first one that is not done is always being decoded.
// Errors   of reading: the object's stream of pieces ends with them, as in fetch. What ends fetch ends the pipeline.
// Threads  the network executor.
#pragma once

#include "engine/stage.hpp"
#include "engine/width.hpp"
#include "stages/codec/segment.hpp"
#include "stages/object_reader.hpp"
#include "stages/s3/parted_checksum.hpp"
#include "stages/segments.hpp"

#include <memory>
#include <vector>

namespace af {

struct FetchOptions;

struct SegmentOptions {
    std::uint64_t min_stored_bytes = kUnknownSize;  // what is smaller is read in one piece
    SegmentSizes sizes;
    std::uint64_t ahead_bytes = 0;  // at least twice sizes.most
    unsigned ranges = 1;            // read side by side, at most
    std::uint64_t max_inflated_bytes =
        0;  // what would inflate to more is left to decoding in one piece, which has limits
    std::uint64_t max_ratio = 0;
    std::shared_ptr<Slots> one_at_a_time = std::make_shared<Slots>(1);

    // By its name, and its size once it is open.
    bool may_cut(const ObjectRef& object, std::uint64_t size) const;
};

struct Cut {
    std::vector<Segment> segments;
    std::string rest;  // of the object, behind the last one
};

// The index is looked for with one request, or two when it is long. No segments: none, none that holds together, or the
// store does not serve ranges of that version. Errors that end everything are thrown.
Task<Cut> find_segments(ObjectStore& store, ObjectPtr object, ObjectVersion version, const SegmentOptions& options,
                        std::stop_token stop);

// Owned by the worker of fetch that has the object, whose ports and options it uses.
class SegmentedObject {
public:
    SegmentedObject(Ports<ObjectPtr, Fetched>& io, const FetchOptions& options, ObjectStore& store, ObjectPtr object,
                    ObjectVersion version, Cut cut);

    Task<void> fetch();

private:
    struct Transfer;
    struct Decoding;

    Task<void> announce_all(Sender<Transfer> transfers, Sender<Decoding> decodings, Receiver<std::uint64_t> done);
    Task<bool> announce_one(const Segment& segment, Sender<Transfer>& transfers, Sender<Decoding>& decodings);
    Task<void> read_all(Receiver<Transfer> transfers);
    Task<void> read(Transfer& transfer);
    Task<void> put_in_order(Receiver<Decoding> decodings, Sender<std::uint64_t> done);
    Task<void> put_one(Decoding& decoding);
    Task<void> again_in_one_piece();
    Task<void> end();

    Ports<ObjectPtr, Fetched>& io_;
    const FetchOptions& options_;
    ObjectStore& store_;
    const ObjectPtr object_;
    const ObjectVersion version_;
    const Codec codec_;
    const std::vector<Segment> segments_;
    PartedChecksum checksum_;  // of the segments and the rest
    std::optional<Inflated> opens_;
    std::shared_ptr<ObjectTotals> totals_ = std::make_shared<ObjectTotals>();
    Sender<Piece> pieces_;
    std::uint64_t inflated_ = 0;  // handed on
    bool left_ = false;           // nobody reads the object any more
    std::optional<Error> failed_;
    bool by_reading_ = false;  // what failed
};

}  // namespace af
