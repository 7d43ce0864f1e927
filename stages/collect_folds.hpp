// stages/collect_folds - ObjectOutput -> folded pairs: parts each object's lines into keys and values, and folds them
// at once, for a reduce that is built in; and order_folds - table numbers -> nothing: sorts the tables side by side at
// the end.
//
// In       whole objects in any order; each is taken by one worker.
// Stop     seen within some thousand pairs, also while runs are written or merged.
// Errors   fatal: those of stages/pairs/folded_pairs.hpp, about the object.
// Threads  any number of workers.
#pragma once

#include "engine/stage.hpp"
#include "stages/gather.hpp"
#include "stages/pairs/folded_pairs.hpp"

namespace af {

Task<void> collect_folds(Ports<ObjectOutput, void> io, FoldedPairs& pairs);
Task<void> order_folds(Ports<std::size_t, void> io, FoldedPairs& pairs);

}  // namespace af
