// stages/gather - MapItem -> ObjectOutput: holds what was made of each object until the object is whole.
//
// In       parts and ends of many objects, interleaved, in any order.
// Out      one item for each object that is whole, in order of completion; its lines are in the object's own order.
// Size     lines wait in spools whose shared budget is `budget.limit_bytes`; above it the largest goes to disk.
//          Of the bad records of an object it keeps the first 10,000 by line, with 4 MiB of the first ones' text, and
//          counts the others.
// Errors   an object that ended with an error is reported to the ledger and leaves nothing. Fatal: too many bad records
//          (Ledger::seen), no_space, io.
// Ends     when `in` is drained. Error(bug) when an object never ended.
// Threads  one worker.
#pragma once

#include "engine/stage.hpp"
#include "engine/task.hpp"
#include "stages/ledger.hpp"
#include "stages/records.hpp"
#include "stages/spool.hpp"

namespace af {

struct ObjectOutput {
    ObjectPtr object;
    std::shared_ptr<Spool> lines;
};
inline std::size_t byte_size(const ObjectOutput& output) noexcept { return output.lines->bytes_in_memory(); }

Task<void> gather(Ports<MapItem, ObjectOutput> io, SpoolBudget& budget, Ledger& ledger);

}  // namespace af
