// RecordSplitter: the blocks of an object in, batches of whole lines out. Pure; split_records and split_streams move
// them.
//
// Lines    end with '\n'; the last one gets one when it has none. Their bytes are not looked at: NUL, CR, BOM and
//          invalid UTF-8 pass. An empty line is a record.
// Long     a line of more than max_record_bytes (its '\n' apart) is left out and reported; only its first bytes are
//          kept.
// Copies   the tail of a block goes into the headroom of the next one; all else stays where the decoder put it. A tail
//          larger than the headroom becomes a batch of one line, in a block of its own beyond the pool's block size.
// Memory   apart from blocks: the line in work (at most max_record_bytes), twice for the moment when it is complete.
//          Returned to the system once it is handed on.
#pragma once

#include "stages/growing_bytes.hpp"
#include "stages/records.hpp"

#include <optional>
#include <string>
#include <vector>

namespace af {

struct RecordLimits {
    std::size_t max_record_bytes = std::size_t{64} << 20;
    // No batch holds both a line that starts before a multiple of this and one that starts at or after it (bytes of the
    // inflated object); 0: batches end anywhere.
    std::uint64_t split_bytes = 0;
    std::size_t max_bad_kept = kBadKeptPerObject;
    std::size_t bad_record_bytes = 200;
};

class RecordSplitter {
public:
    RecordSplitter(RecordLimits limits, BlockPool& blocks) : limits_(limits), blocks_(blocks) {}

    void begin(ObjectPtr object);
    void push(Block bytes);  // when next() has nothing more
    void finish();           // no more blocks: next() may yield the last line
    bool finished() const noexcept { return finished_; }
    std::optional<Batch> next();

    // Which multiple of split_bytes the last batch of next() starts behind; 0 without split_bytes.
    std::uint64_t split() const noexcept { return split_; }

    // The account of the object so far; `units` is the number of batches. Call once, after the last next().
    ObjectEnd end();

private:
    void skip_to_newline();
    std::optional<Batch> complete_carried();
    std::optional<Batch> cut();
    std::optional<Batch> last_line();
    void carry(std::string_view bytes);
    std::size_t end_of_split(std::string_view bytes, std::size_t end) const;
    void report_long_line(std::string_view head, std::uint64_t bytes);
    Batch batch_of(Block lines, std::uint64_t bytes);
    Block block_for(std::size_t bytes);

    const RecordLimits limits_;
    BlockPool& blocks_;
    ObjectPtr object_;
    Block block_;           // not looked at yet
    GrowingBytes carried_;  // the start of the line that block_ goes on with
    bool skipping_ = false;
    std::string skipped_head_;
    std::uint64_t skipped_ = 0;  // bytes of the long line in work
    bool finished_ = false;
    std::uint64_t offset_ = 0;  // of the first byte that is in no batch
    std::uint64_t split_ = 0;
    std::uint64_t inflated_ = 0;
    std::uint64_t lines_ = 0;
    std::uint64_t long_lines_ = 0;
    std::uint32_t batches_ = 0;
    std::vector<BadRecord> bad_;
};

}  // namespace af
