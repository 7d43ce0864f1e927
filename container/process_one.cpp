#include "container/process_one.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

namespace af {
namespace {

// Reaps all that have ended. The exit status when `child` is among them.
std::optional<int> reap(pid_t child) {
    std::optional<int> ended;
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == child) ended = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    return ended;
}

int look_after(pid_t child, const sigset_t& all) {
    for (;;) {
        siginfo_t info{};
        const int number = ::sigwaitinfo(&all, &info);
        if (number < 0) continue;  // interrupted
        if (number == SIGCHLD) {
            if (const auto status = reap(child)) return *status;
        } else if (info.si_code != SI_KERNEL) {  // those of the terminal have reached the child, too
            ::kill(child, number);
        }
    }
}

}  // namespace

std::optional<int> stay_as_process_one() {
    if (::getpid() != 1) return std::nullopt;
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);  // first, so that none is lost
    const pid_t child = ::fork();
    if (child > 0) return look_after(child, all);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return std::nullopt;
}

}  // namespace af
