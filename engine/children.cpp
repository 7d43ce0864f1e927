#include "engine/children.hpp"

#include "engine/unique_fd.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace af {

std::vector<pid_t> child_groups() {
    const pid_t self = ::getpid();
    std::vector<pid_t> groups;
    std::error_code ignored;
    for (const auto& process : std::filesystem::directory_iterator("/proc", ignored)) {
        std::ifstream file(process.path() / "stat");  // "pid (name) state parent group ..."
        std::string text;
        if (!std::getline(file, text)) continue;
        std::istringstream fields(text.substr(text.rfind(')') + 1));
        char state = 0;
        pid_t parent = 0;
        pid_t group = 0;
        if (fields >> state >> parent >> group && parent == self && group > 1 && group != ::getpgrp())
            groups.push_back(group);
    }
    return groups;
}

void kill_child_groups(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::vector<UniqueFd> ending;
    for (const pid_t group : child_groups()) {
        ending.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, group, 0)));
        ::kill(-group, SIGKILL);
    }
    for (const UniqueFd& process : ending) {
        if (!process) continue;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
        ::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    }
}

}  // namespace af
