// stages/merge_pairs - PairStream -> Block: the sorted pairs of one partition as "key<TAB>value\n" lines for a reducer,
// and fold_pairs - the built-in operations, which need no reducer: "key<TAB>result\n" lines, a line a key.
//
// Size     blocks of the pool's size; a line longer than that comes in several.
// Errors   fatal: what the stream and the operation throw (io, child_output).
// Stop     seen within some thousand pairs, also where they make few lines.
// Threads  one worker each; they read the stream on a CPU strand.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/stage.hpp"
#include "stages/pairs/fold.hpp"
#include "stages/pairs/pair_stream.hpp"

namespace af {

Task<void> merge_pairs(Ports<void, Block> io, PairStream& pairs, BlockPool& pool);
Task<void> fold_pairs(Ports<void, Block> io, PairStream& pairs, FoldOperation operation, BlockPool& pool);

// merge_pairs outside of a pipeline: ends early, without a word, when nothing reads `to` any more.
Task<void> send_pairs(Sender<Block> to, PairStream& pairs, BlockPool& pool);

}  // namespace af
