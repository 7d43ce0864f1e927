// Posts a graph, mappers first, and says how far it is.
#pragma once

#include "cli/cluster.hpp"
#include "cli/console.hpp"
#include "stages/submit/graph.hpp"

#include <set>
#include <string>

namespace af {

// The ids of the tasks of the group that exist already; empty for a group that does not.
std::set<std::string> tasks_that_exist(Cluster& cluster, const std::string& group_id);

// All tasks but those in `existing`. `progress`, unless null, shows how far it is. Throws Failed: 10 when something
// else has a task's id, 6, 11, 130.
void post_graph(const TaskGraph& graph, const std::set<std::string>& existing, Cluster& cluster, Console* progress);

}  // namespace af
