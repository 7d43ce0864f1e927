// What the queue, the worker and the kernel would refuse of a graph, found before the first task is created. Part of
// TaskGraph.
#pragma once

#include "stages/submit/graph.hpp"

#include <array>
#include <string_view>

namespace af {

inline constexpr std::array<std::string_view, 7> kPriorities{"highest", "very-high", "high",  "medium",
                                                             "low",     "very-low",  "lowest"};

// ^[a-zA-Z0-9-_]{1,38}/[a-z]([-a-z0-9]{0,36}[a-z0-9])?$
bool is_task_queue(std::string_view text);

// Throws Error(usage) that names the setting and the bound.
// Source  schema queue/v1/task.json; features.md 3 (limits of v106); faults.md 0.3 (one variable: 131,071 bytes).
void check_limits(const Plan& plan, const GraphFacts& facts);

}  // namespace af
