#include "engine/launch.hpp"

#include "engine/error.hpp"
#include "engine/unique_fd.hpp"

#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace af {
namespace {

struct ReportPipe {
    UniqueFd read;
    UniqueFd write;
};

ReportPipe open_report() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw os_error(errno, "pipe");
    ReportPipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    if (pipe.write.get() > kSharedMemoryFd) return pipe;
    pipe.write = UniqueFd(::fcntl(ends[1], F_DUPFD_CLOEXEC, kSharedMemoryFd + 1));  // out of the way of the child's own
    if (!pipe.write) throw os_error(errno, "pipe");
    return pipe;
}

// No handler of ours may run in the child, where it would find our memory and another process.
class AllSignalsBlocked {
public:
    AllSignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    AllSignalsBlocked(const AllSignalsBlocked&) = delete;
    AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

private:
    sigset_t before_;
};

// From here to exec_any() the child shares our memory: plain calls of the kernel only.

[[noreturn]] void give_up(int report, LaunchStep step, int error_number) {
    const LaunchFailure failure{step, error_number};
    if (::write(report, &failure, sizeof failure) != sizeof failure) ::_exit(126);
    ::_exit(127);
}

void set_default_signals() {
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number)
        ::sigaction(number, &by_default, nullptr);  // refused for KILL and STOP
}

void unblock_signals() {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_on_exec_from(int first) {
    if (::syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    rlimit files{};  // Linux before 5.11
    ::getrlimit(RLIMIT_NOFILE, &files);
    const int end = files.rlim_cur > INT_MAX ? INT_MAX : static_cast<int>(files.rlim_cur);
    for (int fd = first; fd < end; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// Through syscall(): glibc's own functions would change the user of all our threads too.
bool become_user(const UserId& user) {
    return ::syscall(SYS_setgroups, 0, nullptr) == 0 && ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
           ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

// The errno that execvp would give.
int exec_any(const LaunchPlan& plan) {
    bool denied = false;
    for (const std::string& path : plan.paths) {
        ::execve(path.c_str(), plan.argv.data(), plan.environment.data());
        if (errno == EACCES) denied = true;
        else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ENODEV && errno != ETIMEDOUT)
            return errno;
    }
    return denied ? EACCES : ENOENT;
}

[[noreturn]] void become(const LaunchPlan& plan, pid_t parent, int report) {
    ::setpgid(0, 0);
    for (int fd = 0; fd < 3; ++fd) ::dup2(plan.stdio[static_cast<std::size_t>(fd)], fd);
    close_on_exec_from(3);
    if (plan.shared_memory == kSharedMemoryFd) ::fcntl(kSharedMemoryFd, F_SETFD, 0);
    if (plan.shared_memory > kSharedMemoryFd) ::dup2(plan.shared_memory, kSharedMemoryFd);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (plan.run_as) {
        ::umask(077);
        if (!become_user(*plan.run_as)) give_up(report, LaunchStep::user, errno);
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(report, LaunchStep::user, errno);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the change of user, which takes it back
    if (::getppid() != parent) ::_exit(127);
    if (!plan.working_dir.empty() && ::chdir(plan.working_dir.c_str()) != 0) give_up(report, LaunchStep::folder, errno);
    set_default_signals();
    unblock_signals();
    give_up(report, LaunchStep::program, exec_any(plan));
}

// A function of its own: nothing in its frame may live across the two returns of vfork.
[[gnu::noinline]] pid_t start(const LaunchPlan& plan, pid_t parent, int report) {
    const pid_t pid = ::vfork();
    if (pid == 0) become(plan, parent, report);
    return pid;
}

std::optional<LaunchFailure> read_report(int report) {
    LaunchFailure failure;
    ssize_t count = 0;
    do count = ::read(report, &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    if (count != sizeof failure) return std::nullopt;  // closed by exec
    return failure;
}

}  // namespace

Launched launch(const LaunchPlan& plan) {
    ReportPipe report = open_report();
    Launched launched;
    int reason = 0;
    {
        const AllSignalsBlocked blocked;
        launched.pid = start(plan, ::getpid(), report.write.get());
        reason = errno;
    }
    if (launched.pid < 0) throw os_error(reason, "cannot start a process");
    report.write = UniqueFd();
    launched.failure = read_report(report.read.get());
    if (launched.failure) ::waitpid(launched.pid, nullptr, 0);
    return launched;
}

std::vector<std::string> program_paths(const std::string& program, std::string_view search_path) {
    if (program.empty() || program.find('/') != std::string::npos) return {program};
    std::vector<std::string> paths;
    for (;;) {
        const std::size_t end = search_path.find(':');
        const std::string_view folder = search_path.substr(0, end);
        paths.push_back(folder.empty() ? program : std::string(folder) + "/" + program);
        if (end == std::string_view::npos) return paths;
        search_path.remove_prefix(end + 1);
    }
}

}  // namespace af
