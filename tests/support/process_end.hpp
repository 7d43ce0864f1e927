// Whether processes have ended: children of ours, and others.
#pragma once

#include "engine/children.hpp"
#include "engine/unique_fd.hpp"

#include <chrono>
#include <poll.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace af::test {

// Whether it is gone, a zombie included, within 30 s.
inline bool is_gone(pid_t pid) {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) return true;
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    return ::poll(&ended, 1, 30000) == 1;
}

// Whether a child of the engine's is still there after 30 s, alive or not yet waited for.
inline bool has_children() {
    for (int i = 0; i < 3000; ++i) {
        if (child_groups().empty()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));  // one that was killed a moment ago takes one to go
    }
    return true;
}

}  // namespace af::test
