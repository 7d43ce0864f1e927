// A child process with three pipes: the part of Process that does not wait. How the child comes to be: launch.hpp.
#pragma once

#include "engine/launch.hpp"
#include "engine/unique_fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace af {

struct SpawnSpec {
    std::vector<std::string> argv;
    std::vector<std::string> environment;
    std::string working_dir;
    std::optional<UserId> run_as;
    int shared_memory = -1;  // a descriptor that the child gets as 3 (engine/shared_memory.hpp); -1: none
};

struct Spawned {
    pid_t pid = 0;   // also the id of its process group
    UniqueFd exit;   // a pidfd: readable when the child has ended
    UniqueFd input;  // our ends of its stdin, stdout and stderr: non-blocking, not inherited, 1 MB where allowed
    UniqueFd output;
    UniqueFd errors;
};

// Throws Error(config) with the path when the program cannot be executed, Error(os) when the system is out of something
// or does not let us run it as another user.
Spawned spawn(const SpawnSpec& spec);

}  // namespace af
