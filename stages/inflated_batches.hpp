// What split_records and split_streams share: batches of an object as its pieces arrive.
#pragma once

#include "engine/stage.hpp"
#include "stages/record_splitter.hpp"

namespace af {

// The next batch of whole lines; nullopt when the object has ended; an Error when it is lost.
// Throws Error(cancelled) when its pieces close without an end.
Task<Result<std::optional<Batch>>> next_batch(Inflated& object, RecordSplitter& splitter, const StageContext& stage);

// The account of the object, after its last piece.
ObjectEnd end_of(const Inflated& object, RecordSplitter& splitter, std::optional<Error> failed);

}  // namespace af
