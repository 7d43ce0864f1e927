// The values that travel between stages.
//
//   ObjectPtr -> fetch -> Compressed -> decompress -> Inflated -> split -> SplitItem -> map -> MapItem -> gather
//
// A failed object travels the same way as a whole one: its stream of pieces ends with an Error, which becomes the
// ObjectEnd that gather reports. So there is one place where an object is counted as whole or lost.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/channel.hpp"
#include "engine/error.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace af {

inline constexpr std::uint64_t kUnknownSize = UINT64_MAX;

// One input object. `name` is what the user would type to get it: a path, or s3://bucket/key.
struct ObjectRef {
    std::string name;
    std::uint64_t size = kUnknownSize;  // bytes as stored (compressed)
    std::string etag;                   // as the listing gave it, quotes included; empty when unknown
    std::uint32_t ordinal = 0;          // place in the input sorted by name: the order of output
};
using ObjectPtr = std::shared_ptr<const ObjectRef>;

// The bytes of one object on their way. A stream is whole only when it ends with an explicit end mark (an empty Block):
// an Error says why it is not, and a channel that just closes means that the pipeline was stopped.
using Piece = Result<Block>;
inline std::size_t byte_size(const Piece& piece) noexcept { return piece ? piece->size() : 0; }
inline Piece end_of_object() { return Piece(Block()); }
inline bool is_end(const Piece& piece) noexcept { return piece && !*piece; }

// An object in flight owns the receiving end of the channel its bytes come through.
struct Compressed {
    ObjectPtr object;
    Receiver<Piece> pieces;
};
// Final when the last piece of the object has arrived; not to be read earlier.
struct ObjectTotals {
    std::uint64_t bytes_stored = 0;
    std::uint64_t bytes_inflated = 0;
};
struct Inflated {
    ObjectPtr object;
    Receiver<Piece> pieces;
    std::shared_ptr<const ObjectTotals> totals = nullptr;
};

// Of one object. The others are counted.
inline constexpr std::size_t kBadKeptPerObject = 10'000;

// A record that was left out, for the dead-letter file.
struct BadRecord {
    std::uint64_t line = 0;  // 1-based, in the decompressed object
    std::string kind;        // "json", "format", "long_line", "mapper"
    std::string reason;      // one line for people
    std::string record;      // its first bytes, at most 4 KiB; empty when not kept
};

// About 1 MB of whole records of one object, each ended by '\n' (added to the last line when it had none).
struct Batch {
    ObjectPtr object;
    std::uint32_t sequence = 0;  // 0, 1, 2 ... within the object
    std::uint64_t first_line = 1;
    std::uint32_t records = 0;
    Block lines;
    std::vector<std::uint32_t> line_ends;  // of each record, behind its '\n'; none of short records (line_ends.hpp)
};

// The last word on an object, from the splitter: all its units of work (batches, or record streams) were handed out.
struct ObjectEnd {
    ObjectPtr object;
    std::uint32_t units = 0;         // how many sequence numbers were used
    std::uint64_t bytes_stored = 0;  // as read, compressed
    std::uint64_t bytes_inflated = 0;
    std::uint64_t lines = 0;       // records handed out + long lines
    std::vector<BadRecord> bad;    // found by the splitter: the first long lines
    std::uint64_t long_lines = 0;  // all of them
    std::optional<Error> failed;   // set: the object is lost and nothing of it counts
};

using SplitItem = std::variant<Batch, ObjectEnd>;

// A run of consecutive records of one object that goes to one process (language: binary): at most
// `split_bytes` of an object, so that one huge object still uses all cores. Where the cuts lie depends on the object
// alone. The stream is whole only when it ends with a StreamEnd.
struct StreamEnd {
    std::optional<ObjectEnd> object_end;  // with the last stream of an object
};
using StreamItem = std::variant<Batch, StreamEnd>;
struct RecordStream {
    ObjectPtr object;
    std::uint32_t sequence = 0;
    Receiver<StreamItem> items;
};

// What the user's function made of one unit of work. Comes in parts of at most about 1 MB of whole lines; the last part
// carries the account of the unit.
struct MapOutput {
    ObjectPtr object;
    std::uint32_t sequence = 0;  // of the batch or stream it answers
    std::uint32_t part = 0;      // 0, 1, 2 ... within the unit
    bool last = true;
    std::string
        lines;  // "key<TAB>value\n" or "key value\n" or free text lines in a map-only job; ends with '\n' if any
    // With the last part:
    std::uint64_t records_in = 0;
    std::vector<BadRecord> bad;                     // the first kBadKeptPerObject of the unit
    std::map<std::string, std::uint64_t> more_bad;  // those beyond, by kind
    std::map<std::string, std::int64_t> counters;   // "group<TAB>name" -> sum
};
using MapItem = std::variant<MapOutput, ObjectEnd>;

inline std::size_t byte_size(const Batch& batch) noexcept { return batch.lines.size(); }
inline std::size_t byte_size(const SplitItem& item) noexcept {
    const auto* batch = std::get_if<Batch>(&item);
    return batch ? batch->lines.size() : 0;
}
inline std::size_t byte_size(const StreamItem& item) noexcept {
    const auto* batch = std::get_if<Batch>(&item);
    return batch ? batch->lines.size() : 0;
}
inline std::size_t byte_size(const std::vector<BadRecord>& bad) noexcept {
    std::size_t sum = bad.size() * sizeof(BadRecord);
    for (const BadRecord& record : bad) sum += record.kind.size() + record.reason.size() + record.record.size();
    return sum;
}
inline std::size_t byte_size(const MapItem& item) noexcept {
    const auto* output = std::get_if<MapOutput>(&item);
    return output ? output->lines.size() + byte_size(output->bad) : byte_size(std::get<ObjectEnd>(item).bad);
}

}  // namespace af
