#include "engine/runtime.hpp"

#include "engine/spawn.hpp"
#include "tests/support/process_end.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace af;

namespace {

// What a program does that ignores its first SIGINT: tells the id of its child, then of each signal it handled.
[[noreturn]] void be_stubborn(int report) {
    Runtime rt(1);
    const Spawned child = spawn({.argv = {"/bin/sh", "-c", "trap '' INT TERM HUP; while :; do sleep 1000; done"},
                                 .environment = {"PATH=/usr/bin:/bin"},
                                 .working_dir = {},
                                 .run_as = {}});
    const auto tell = [report](int what) {
        if (::write(report, &what, sizeof what) != sizeof what) ::_exit(1);
    };
    rt.on_signal(tell);
    rt.block_on([]() -> Task<void> { co_return; }());  // behind the setting up of signals on the network thread
    tell(child.pid);
    for (;;) ::pause();
}

int next_of(int report) {
    int what = 0;
    return ::read(report, &what, sizeof what) == sizeof what ? what : 0;
}

}  // namespace

TEST_CASE("a first SIGINT goes to the handler, a second ends the program with 130 and its children with it",
          "[runtime]") {
    int report[2];
    REQUIRE(::pipe2(report, O_CLOEXEC) == 0);
    const pid_t program = ::fork();
    if (program == 0) be_stubborn(report[1]);
    ::close(report[1]);
    const pid_t child = next_of(report[0]);
    ::kill(program, SIGINT);
    const int handled = next_of(report[0]);
    ::kill(program, SIGINT);
    int status = 0;
    ::waitpid(program, &status, 0);
    ::close(report[0]);
    REQUIRE(child > 1);
    CHECK(handled == SIGINT);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 130);
    CHECK(test::is_gone(child));
    ::kill(-child, SIGKILL);  // should it have failed
}

TEST_CASE("a signal that comes when the work is over does not take its status back", "[runtime]") {
    const pid_t program = ::fork();
    if (program == 0) {
        {
            Runtime rt(1);
            rt.on_signal([](int) {});
            rt.block_on([]() -> Task<void> { co_return; }());
        }
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::raise(number);
        ::_exit(7);
    }
    int status = 0;
    ::waitpid(program, &status, 0);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 7);
}
