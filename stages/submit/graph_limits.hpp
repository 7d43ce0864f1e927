// What the queue, the worker and the kernel would refuse of a graph, found before the first task is created. Part of
// TaskGraph.
#pragma once

#include "stages/submit/graph.hpp"

namespace af {

// Throws Error(usage) that names the setting and the bound.
// Source  schema queue/v1/task.json; features.md 3 (limits of v106); faults.md 0.3 (one variable: 131,071 bytes).
void check_limits(const Plan& plan, const GraphFacts& facts);

}  // namespace af
