// What a new process does between its birth and the program it becomes: the last steps that still run code of ours.
//
// Child    stdin, stdout and stderr as given, the memory that is shared with it as descriptor 3 and no other; a process
//          group of its own; every signal at its default and none blocked; no core files; no_new_privs, so that no
//          program it starts gains rights; SIGKILL when the thread that started it ends, which the end of our process
//          is, whatever ended it. Only then, when asked, another user, without our groups and with umask 077; then the
//          folder, then the program.
// Why      vfork, not fork: fork would mark every page of the block pools copy-on-write. Not posix_spawn, which can do
//          half of this; not a second run of our own program that does it: linking that takes 30 ms. Until the program
//          runs, the child shares our memory, so it calls the kernel and touches nothing.
// Source   vfork(2), prctl(2), Go's syscall.forkAndExecInChild, which does the same; glibc's spawni.c.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace af {

struct UserId {
    uid_t uid = 0;
    gid_t gid = 0;
    bool operator==(const UserId&) const = default;
};

inline constexpr int kSharedMemoryFd = 3;

struct LaunchPlan {
    std::vector<std::string> paths;  // tried in order, as execvp does
    std::vector<char*> argv;         // each ended by a null pointer
    std::vector<char*> environment;
    std::array<int, 3> stdio;  // above 2; become 0, 1 and 2
    int shared_memory = -1;    // above 2; becomes kSharedMemoryFd; -1: none
    std::string working_dir;   // empty: ours
    std::optional<UserId> run_as;
};

enum class LaunchStep { user, folder, program };
struct LaunchFailure {
    LaunchStep step;
    int error_number;
};
struct Launched {
    pid_t pid = 0;  // reaped already when there is a failure
    std::optional<LaunchFailure> failure;
};

// Returns when the program runs or has failed to. Throws Error(os) when the system has no room for a process.
Launched launch(const LaunchPlan& plan);

// Where `program` may lie: itself when it has a slash, else below each folder of `search_path` (as in PATH).
std::vector<std::string> program_paths(const std::string& program, std::string_view search_path);

}  // namespace af
