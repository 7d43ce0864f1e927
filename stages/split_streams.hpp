// split_streams: Inflated -> RecordStream: the records of each object as streams, one for each process that reads them.
//
// Out      a new RecordStream at the first line that starts at or behind each multiple of limits.split_bytes of the
//          inflated object, put downstream before its batches, which come through a channel of its own. So where the
//          cuts lie depends on the object alone. Every stream ends with a StreamEnd, the last one's with the ObjectEnd
//          (`units`: streams; `failed` when the object was lost on the way). An object without records is one empty
//          stream.
// Size     workers x (one block and one line of at most limits.max_record_bytes, twice while it is handed on), and
//          options.buffer for each open stream.
// Ends     as split_records. An object whose stream nobody reads any more is dropped.
// Threads  as split_records. Streams of one object open one after the other: the reader of one must not wait for the
//          next.
#pragma once

#include "engine/stage.hpp"
#include "stages/record_splitter.hpp"

namespace af {

struct SplitStreamsOptions {
    RecordLimits limits{.split_bytes = std::uint64_t{64} << 20};
    ChannelLimits buffer{.items = 3};
};

Task<void> split_streams(Ports<Inflated, RecordStream> io, SplitStreamsOptions options, BlockPool& raw_blocks);

}  // namespace af
