// Whether processes have ended: children of ours, and others.
#pragma once

#include "engine/unique_fd.hpp"

#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace af::test {

// Whether it is gone, a zombie included, within 5 s.
inline bool is_gone(pid_t pid) {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) return true;
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    return ::poll(&ended, 1, 5000) == 1;
}

// Whether a child is there, alive or not yet waited for. Children of the engine lead groups of their own; the symbolizer that a
// sanitizer starts does not, and does not count.
inline bool has_children() {
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
        std::ifstream file(process.path() / "stat");  // proc(5): "pid (name) state parent group ..."
        std::string text;
        if (!std::getline(file, text)) continue;
        std::istringstream fields(text.substr(text.rfind(')') + 1));
        char state = 0;
        pid_t parent = 0;
        pid_t group = 0;
        if (fields >> state >> parent >> group && parent == ::getpid() && group != ::getpgrp()) return true;
    }
    return false;
}

}  // namespace af::test
