#include "container/process_one.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

namespace af {
namespace {

constexpr int kStatusLost = 1;

// Reaps all that have ended. The exit status once `child` is among them.
std::optional<int> reap(pid_t child) {
    std::optional<int> ended;
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid == child) ended = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (pid > 0) continue;
        if (pid < 0 && errno == ECHILD && !ended) return kStatusLost;
        return ended;
    }
}

int look_after(pid_t child, const sigset_t& all) {
    for (;;) {
        const int number = ::sigwaitinfo(&all, nullptr);
        if (number == SIGCHLD) {
            if (const auto status = reap(child)) return *status;
        } else if (number > 0) {
            ::kill(child, number);
        }
    }
}

}  // namespace

std::optional<int> stay_as_process_one(const std::function<void()>& forget) {
    if (::getpid() != 1) return std::nullopt;
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);  // first, so that none is lost
    std::signal(SIGCHLD, SIG_DFL);              // ignored, as some parents leave it, it would not come
    const pid_t child = ::fork();
    if (child > 0) {
        forget();
        return look_after(child, all);
    }
    if (child == 0) ::setpgid(0, 0);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return std::nullopt;
}

}  // namespace af
