// stages/combine - ObjectOutput -> ObjectOutput: the user's own combiner over the pairs of each object, a process an
// object.
//
// Why      per object, so that what comes out does not depend on which objects ran beside it.
// Size     a worker sorts in `sort_bytes`; more goes to disk. The lines it makes wait in spools of the shared budget.
// Counts   what the combiner counts, in the ledger.
// Errors   fatal: those of stages/reduce_child.hpp, with the object's name; no_space, io.
// Threads  a CPU lane; the process is served on `net`.
#pragma once

#include "stages/gather.hpp"
#include "stages/reduce_child.hpp"

#include <filesystem>

namespace af {

struct CombineOptions {
    Executor net;
    ReducerSpec reducer;
    std::size_t sort_bytes = 16 << 20;
    std::filesystem::path scratch;
};

Task<void> combine(Ports<ObjectOutput, ObjectOutput> io, CombineOptions options, SpoolBudget& spools, BlockPool& blocks,
                   Ledger& ledger);

}  // namespace af
