// What process 1 of a container owes: it reaps orphans, which would stay zombies and use up the container's processes.
// Taskcluster starts a task's command as process 1, without an init in front of it.
//
// Signals  the child has a process group of its own, and gets each signal once: from process 1, wherever it came from,
//          the terminal included. So those without a handler end it, which the kernel keeps from process 1.
// Source   pid_namespaces(7): orphans become children of process 1; signal(7). d2g runs docker without --init.
#pragma once

#include <functional>
#include <optional>

namespace af {

// When this is process 1, it goes on in a child, where nullopt is returned. Process 1 stays behind, calls `forget`,
// hands on signals, reaps, and gets the exit status to end with once the child has ended (128 + N: ended by signal N).
// nullopt in every other process, and where there is no second process to be had.
// Call it in main(), while there is one thread.
std::optional<int> stay_as_process_one(const std::function<void()>& forget);

}  // namespace af
