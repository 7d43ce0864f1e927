// Reads a task group again and again, as long as somebody wants to see it: one coroutine, a snapshot a cycle.
//
// Pace     shortest while something changes, by halves slower up to longest while nothing does.
// Memory   one page of definitions at a time, without their payloads; what group_view.hpp keeps of each task.
// Outages  no reply, 5xx, HTML instead of JSON: told to the watcher and lived with for `patience`, counted from the
//          last reply that was one. Beyond it: Error(unavailable).
// Missing  a group that does not exist (yet) is an empty snapshot for `wait_for_group`; then Error(not_found).
// Errors   those above; refused, expired (credentials, scopes); corrupt: the queue hands out the same page for ever;
//          cancelled after stop.
// Threads  the network executor; all that it is handed outlives it.
// Source   row F40 of the fault matrix; "do not assume a transition cannot occur" (task life cycle, Taskcluster
//          manual).
#pragma once

#include "engine/clock.hpp"
#include "stages/submit/group_view.hpp"
#include "stages/taskcluster/queue.hpp"

#include <stop_token>
#include <string>

namespace af {

struct PollOptions {
    std::string group_id;
    Duration shortest = std::chrono::seconds(5);
    Duration longest = std::chrono::seconds(30);
    Duration patience = std::chrono::minutes(30);
    Duration wait_for_group{0};
};

// Called on the network executor; must not throw.
class GroupWatcher {
public:
    virtual ~GroupWatcher() = default;
    // Whether to go on. The snapshot stays as it is until the next call.
    virtual bool seen(const GroupSnapshot& snapshot) = 0;
    // Nothing was seen: since when, why, and when it is tried again.
    virtual void outage(const Error& why, Duration since, Duration again_in) = 0;
    // About once a second while it waits. Whether to go on.
    virtual bool waiting() = 0;
};

Task<void> poll_group(Queue& queue, Clock& clock, PollOptions options, GroupWatcher& watcher, std::stop_token stop);

// One cycle: the group as it is now. Error(not_found) when there is none.
Task<GroupSnapshot> look_at_group(Queue& queue, std::string group_id, std::stop_token stop);

}  // namespace af
