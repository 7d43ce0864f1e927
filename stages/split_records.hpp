// split_records: Inflated -> SplitItem: batches of whole lines of each object, then its ObjectEnd.
//
// Out      batches in the order of the object, of about one block; a line longer than a block is a batch of its own
//          (stages/record_splitter.hpp). Then one ObjectEnd, with `failed` set when the object is lost.
// Size     workers x (one block and one line of at most limits.max_record_bytes, twice while it is handed on).
// Ends     with `cancelled` when an object's pieces close without an end.
// Threads  for the CPU pool; one worker reads an object to its end. `raw_blocks` outlives the pipeline and has headroom
//          for the usual record.
#pragma once

#include "engine/stage.hpp"
#include "stages/record_splitter.hpp"

namespace af {

struct SplitOptions {
    RecordLimits limits;
};

Task<void> split_records(Ports<Inflated, SplitItem> io, SplitOptions options, BlockPool& raw_blocks);

}  // namespace af
