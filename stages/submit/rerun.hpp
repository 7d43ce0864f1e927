// Which tasks of a group are run again, and in which order. Pure.
//
// Order    the queue schedules a task that has never run once its dependencies complete, also after a rerun; one that
//          has run (and failed) must be rerun when they have. So: mappers, then mergers, then reducers, each wave once
//          the one before has completed.
// Source   Taskcluster 106, dependency tracker; features.md 3, "Rerun".
#pragma once

#include "stages/submit/group_view.hpp"

#include <string>
#include <vector>

namespace af {

struct RerunStep {
    std::vector<const GroupTask*> tasks;  // of the snapshot; failed for good, of one role
    bool ready = true;                    // all they depend on has completed
    bool more = false;                    // others must follow when these have completed
};

// The first that has anything to rerun; empty when nothing has failed.
RerunStep next_rerun(const GroupSnapshot& snapshot);

}  // namespace af
