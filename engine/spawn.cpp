#include "engine/spawn.hpp"

#include "engine/error.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>

namespace af {
namespace {

constexpr int kPipeBytes = 1 << 20;

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

// Above 2, so that no dup2 in the child overwrites an end that is still to be moved.
UniqueFd above_stdio(UniqueFd fd) {
    if (fd.get() > 2) return fd;
    UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
    if (!moved) throw os_error(errno, "pipe");
    return moved;
}

Pipe open_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw os_error(errno, "pipe");
    Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    pipe.read = above_stdio(std::move(pipe.read));
    pipe.write = above_stdio(std::move(pipe.write));
    ::fcntl(pipe.write.get(), F_SETPIPE_SZ, kPipeBytes);  // refused above the user's share of pipe pages: slower only
    return pipe;
}

void set_non_blocking(const UniqueFd& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    out.reserve(strings.size() + 1);
    for (const std::string& text : strings) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

const char* search_path() {
    const char* path = std::getenv("PATH");
    return path ? path : "/bin:/usr/bin";
}

Error start_error(const LaunchFailure& failure, const SpawnSpec& spec) {
    const std::string& program = spec.argv[0];
    const int error = failure.error_number;
    const std::string why = std::generic_category().message(error);
    if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE) {
        return Error(ErrorKind::os, fmt::format("cannot start {}: {}", program, why));
    }
    if (failure.step == LaunchStep::user) {
        const std::string user = spec.run_as ? fmt::format(" as user {}", spec.run_as->uid) : "";
        return Error(ErrorKind::os, fmt::format("cannot start {}{}: {}", program, user, why))
            .hint("to run user code as another user, run as root with CAP_SETUID and CAP_SETGID");
    }
    if (failure.step == LaunchStep::folder) {
        return Error(ErrorKind::config, fmt::format("cannot start {} in {}: {}", program, spec.working_dir, why));
    }
    Error refused(ErrorKind::config, fmt::format("cannot start {}: {}", program, why));
    if (error == ENOENT && program.find('/') != std::string::npos && ::access(program.c_str(), F_OK) == 0) {
        return std::move(refused).hint("the file is there, but the interpreter its first line names is not");
    }
    if (error == ENOEXEC) return std::move(refused).hint("a script needs a first line such as #!/bin/sh");
    if (error == EACCES) return std::move(refused).hint("make it executable: chmod +x " + program);
    return refused;
}

// Not through <sys/pidfd.h>: that of glibc 2.36 cannot be linked from C++.
int pidfd_of(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

// With SIGCHLD ignored, as some parents leave it, the kernel reaps children itself and their exit status is lost.
void keep_exit_statuses() {
    struct sigaction now {};
    if (::sigaction(SIGCHLD, nullptr, &now) != 0) return;
    if (now.sa_handler == SIG_IGN || (now.sa_flags & SA_NOCLDWAIT)) ::signal(SIGCHLD, SIG_DFL);
}

}  // namespace

Spawned spawn(const SpawnSpec& spec) {
    keep_exit_statuses();
    Pipe input = open_pipe();
    Pipe output = open_pipe();
    Pipe errors = open_pipe();
    const LaunchPlan plan{.paths = program_paths(spec.argv.at(0), search_path()),
                          .argv = pointers(spec.argv),
                          .environment = pointers(spec.environment),
                          .stdio = {input.read.get(), output.write.get(), errors.write.get()},
                          .shared_memory = spec.shared_memory,
                          .working_dir = spec.working_dir,
                          .run_as = spec.run_as};
    const Launched launched = launch(plan);
    if (launched.failure) throw start_error(*launched.failure, spec);
    Spawned child;
    child.pid = launched.pid;
    child.exit = UniqueFd(pidfd_of(child.pid));
    if (!child.exit) {
        const int reason = errno;
        ::kill(-child.pid, SIGKILL);
        ::waitpid(child.pid, nullptr, 0);
        throw os_error(reason, "pidfd_open");
    }
    child.input = std::move(input.write);
    child.output = std::move(output.read);
    child.errors = std::move(errors.read);
    for (const UniqueFd* fd : {&child.input, &child.output, &child.errors}) set_non_blocking(*fd);
    return child;
}

}  // namespace af
