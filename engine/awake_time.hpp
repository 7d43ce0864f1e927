// How long a process has not slept: the time it had a processor, and the time it was queued for one.
//
// Source   /proc/PID/schedstat (Documentation/scheduler/sched-stats.rst of Linux). Of its first thread alone.
#pragma once

#include "engine/clock.hpp"

#include <sys/types.h>
#include <optional>

namespace af {

// nullopt: it has ended, or the system does not tell.
std::optional<Duration> awake_time(pid_t process);

}  // namespace af
