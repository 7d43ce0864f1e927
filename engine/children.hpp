// The living children of this process that lead process groups of their own, as the engine starts them.
//
// Threads  any.
// Source   proc(5), pidfd_open(2).
#pragma once

#include <sys/types.h>
#include <chrono>
#include <vector>

namespace af {

// Children that are alive or not yet waited for. A child that is no leader of a group (a sanitizer's symbolizer, say)
// is none of ours.
std::vector<pid_t> child_groups();

// Sends SIGKILL to each of those groups and waits until their leaders have ended, `patience` at most. They are left to
// be reaped by whoever reaps for this process.
void kill_child_groups(std::chrono::milliseconds patience);

}  // namespace af
