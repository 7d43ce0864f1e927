// Follows a task group until it has ended, in front of a person or a program: `af watch` and `af submit --watch`.
//
// Shows    on a terminal lines that are redrawn in place; elsewhere a plain line now and then; with --json events on
//          stderr ("group", "task_failed", "outage", "group_end"). The first failure at once, with the link to its log.
// Ends     when the group has completed, or a task failed for good so that no result can come; see WatchOptions.
// Yields   0; kExitPartial: done with input missing that was allowed to be; kExitGraphFailed: failed or cancelled;
//          kExitStillRunning: `timeout` is over.
// Errors   interrupted, terminated: the group goes on, and the hint says how to come back. Else as poll.hpp has them.
// Threads  the one that built the cluster; others may use the cluster's client meanwhile.
#pragma once

#include "cli/cluster.hpp"
#include "cli/console.hpp"

#include <chrono>
#include <string>

namespace af {

struct WatchOptions {
    std::string group_id;
    std::chrono::seconds timeout{0};         // 0: as long as it takes
    std::chrono::seconds wait_for_group{0};  // how long it may take until it exists
    bool to_the_end = false;                 // after a failure too, until nothing runs any more
};

int watch_group(Cluster& cluster, Console& console, const WatchOptions& options);

}  // namespace af
