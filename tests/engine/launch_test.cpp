#include "engine/launch.hpp"

#include "engine/error.hpp"
#include "engine/spawn.hpp"
#include "tests/support/process_end.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <poll.h>
#include <sys/wait.h>

using namespace af;

namespace {

struct End {
    std::string output;
    int status = 0;
};

// Runs to the end; the output is small enough for a pipe.
End run(SpawnSpec spec) {
    Spawned child = spawn(spec);
    child.input = UniqueFd();
    End end;
    ::waitpid(child.pid, &end.status, 0);
    char room[4096];
    for (ssize_t count; (count = ::read(child.output.get(), room, sizeof room)) > 0;)
        end.output.append(room, static_cast<std::size_t>(count));
    return end;
}

SpawnSpec shell(const std::string& script) {
    return {.argv = {"/bin/sh", "-c", script}, .environment = {"PATH=/usr/bin:/bin"}, .working_dir = {}, .run_as = {}};
}

constexpr UserId kNobody{65534, 65534};

bool am_root() {
    if (::geteuid() == 0) return true;
    WARN("not run as root: another user cannot be tried");
    return false;
}

Error refusal(const SpawnSpec& spec) {
    try {
        spawn(spec);
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::bug, "started");
}

}  // namespace

TEST_CASE("a child gains no rights and dumps no core", "[launch]") {
    const End end = run(shell("grep ^NoNewPrivs /proc/self/status; ulimit -Sc; ulimit -Hc"));
    CHECK(end.output == "NoNewPrivs:\t1\n0\n0\n");
}

TEST_CASE("a child has no descriptor of ours, not even one without close-on-exec", "[launch]") {
    const int leaked = ::dup(0);
    const int high = ::fcntl(leaked, F_DUPFD, 200);
    const End end = run({.argv = {"ls", "/proc/self/fd"}, .environment = {}, .working_dir = {}, .run_as = {}});
    ::close(leaked);
    ::close(high);
    CHECK(end.output == "0\n1\n2\n3\n");  // 3 is the folder that ls reads
}

TEST_CASE("a child is killed when its parent is, even by SIGKILL", "[launch]") {
    int report[2];
    REQUIRE(::pipe(report) == 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        const Spawned child = spawn(shell("trap '' TERM HUP INT; while :; do sleep 1000; done"));
        if (::write(report[1], &child.pid, sizeof child.pid) != sizeof child.pid) ::_exit(1);
        for (;;) ::pause();
    }
    ::close(report[1]);  // so that the read ends when the parent dies without a word
    pid_t child = 0;
    const ssize_t told = ::read(report[0], &child, sizeof child);
    const bool lives = told == sizeof child && ::kill(child, 0) == 0;
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    ::close(report[0]);
    REQUIRE(lives);
    CHECK(test::is_gone(child));
    ::kill(-child, SIGKILL);  // the sleep that the shell left behind
}

TEST_CASE("a child starts with signals at their default though ours are ignored, handled or blocked", "[launch]") {
    struct sigaction before_usr1 {}, before_pipe {};
    struct sigaction handled {};
    handled.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &handled, &before_usr1);
    ::sigaction(SIGPIPE, nullptr, &before_pipe);
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const End piped = run(shell("kill -PIPE $$"));
    const End first = run(shell("kill -USR1 $$"));
    const End second = run(shell("kill -USR2 $$"));
    sigset_t after;
    ::pthread_sigmask(SIG_SETMASK, &before, &after);
    ::sigaction(SIGUSR1, &before_usr1, nullptr);
    ::sigaction(SIGPIPE, &before_pipe, nullptr);
    CHECK(WTERMSIG(piped.status) == SIGPIPE);
    CHECK(WTERMSIG(first.status) == SIGUSR1);
    CHECK(WTERMSIG(second.status) == SIGUSR2);
    CHECK(::sigismember(&after, SIGUSR2) == 1);  // ours are as they were
    CHECK(::sigismember(&after, SIGTERM) == 0);
}

TEST_CASE("as another user a child has that user's ids, no group of ours, no capability and a umask of its own",
          "[launch]") {
    if (!am_root()) return;
    SpawnSpec spec = shell("id -u; id -g; id -G; umask; grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status");
    spec.run_as = kNobody;
    CHECK(run(spec).output == "65534\n65534\n65534\n0077\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
                              "CapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n");
    CHECK(::geteuid() == 0);
    CHECK(run(shell("id -u")).output == "0\n");
}

TEST_CASE("another user cannot read what our process or our files hold, and is killed with us too", "[launch]") {
    if (!am_root()) return;
    SpawnSpec spec = shell(
        "for f in environ maps fd/0 mem; do cat /proc/$PPID/$f >/dev/null 2>&1 && echo $f; done; kill -0 $PPID "
        "2>/dev/null && echo kill");
    spec.run_as = kNobody;
    CHECK(run(spec).output.empty());
    spec.argv = {"/usr/bin/python3", "-c",
                 "import ctypes; n = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(n)); print(n.value)"};
    CHECK(run(spec).output == "9\n");  // PR_GET_PDEATHSIG
}

TEST_CASE("a failure to become the user, to enter the folder or to run the program says which it was", "[launch]") {
    SpawnSpec folder = shell("true"), program = shell("true");
    folder.working_dir = "/no/such/folder";
    program.argv = {"no-such-program"};
    CHECK(std::string(refusal(folder).what()) == "cannot start /bin/sh in /no/such/folder: No such file or directory");
    CHECK(std::string(refusal(program).what()) == "cannot start no-such-program: No such file or directory");
    CHECK(refusal(program).kind() == ErrorKind::config);
    SpawnSpec hidden = shell("true");
    const std::filesystem::path private_folder =
        std::filesystem::temp_directory_path() / ("af_launch_" + std::to_string(::getpid()));
    std::filesystem::create_directory(private_folder);
    std::filesystem::permissions(private_folder, std::filesystem::perms::owner_all);
    hidden.working_dir = private_folder;
    hidden.run_as = kNobody;
    if (am_root()) CHECK(std::string(refusal(hidden).what()).ends_with(": Permission denied"));
    else CHECK(refusal(hidden).kind() == ErrorKind::os);
    std::filesystem::remove(private_folder);
}

TEST_CASE("a child that may not become another user is an error that says so", "[launch]") {
    SpawnSpec nested = shell("true");
    nested.run_as = UserId{1, 1};
    const pid_t unprivileged = ::fork();
    if (unprivileged == 0) {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(3);
        const Error error = refusal(nested);
        ::_exit(error.kind() == ErrorKind::os &&
                        std::string(error.what()) == "cannot start /bin/sh as user 1: Operation not permitted"
                    ? 0
                    : 1);
    }
    int status = 0;
    ::waitpid(unprivileged, &status, 0);
    CHECK(status == 0);
}

TEST_CASE("a program without a slash is looked for in each folder of PATH, the empty one being ours", "[launch]") {
    using Paths = std::vector<std::string>;
    CHECK(program_paths("cat", "/usr/bin:/bin") == Paths{"/usr/bin/cat", "/bin/cat"});
    CHECK(program_paths("cat", ":/bin:") == Paths{"cat", "/bin/cat", "cat"});
    CHECK(program_paths("./cat", "/bin") == Paths{"./cat"});
    CHECK(program_paths("", "/bin") == Paths{""});
}
