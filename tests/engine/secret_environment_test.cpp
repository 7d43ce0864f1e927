#include "engine/secret_environment.hpp"

#include "engine/spawn.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace af;

namespace {

std::string output_of(const SpawnSpec& spec) {
    Spawned child = spawn(spec);
    child.input = UniqueFd();
    ::waitpid(child.pid, nullptr, 0);
    std::string output;
    char room[4096];
    for (ssize_t count; (count = ::read(child.output.get(), room, sizeof room)) > 0;)
        output.append(room, static_cast<std::size_t>(count));
    return output;
}

// What `check` returns in a process of its own that is not root's.
int in_another_process(int (*check)()) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(99);
        ::_exit(check());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string seen_by_a_child() {
    return output_of({.argv = {"/bin/sh", "-c",
                               "cat /proc/$PPID/environ >/dev/null 2>&1 && echo environ; cat /proc/$PPID/maps "
                               ">/dev/null 2>&1 && echo maps"},
                      .environment = {"PATH=/usr/bin:/bin"},
                      .working_dir = {},
                      .run_as = {}});
}

int hardened_is_hidden() {
    ::prctl(PR_SET_DUMPABLE, 1);
    if (seen_by_a_child() != "environ\nmaps\n") return 1;
    harden_process();
    if (!seen_by_a_child().empty()) return 2;
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    return core.rlim_cur == 0 && core.rlim_max == 0 ? 0 : 3;
}

}  // namespace

TEST_CASE("a secret is taken out of getenv, /proc and what children inherit, each time it is there; the rest stays",
          "[secrets]") {
    const std::string output =
        output_of({.argv = {AF_ENVIRONMENT_PROBE},
                   .environment = {"FIRST=1", "CANARY=hidden-value", "CANARYLIKE=2", "CANARY=hidden-again", "LAST=3"},
                   .working_dir = {},
                   .run_as = {}});
    INFO(output);
    CHECK(output.find("taken 12 bytes\nabsent 0\ngetenv unset\nproc FIRST=1|") == 0);
    CHECK(output.find("hidden") == std::string::npos);
    CHECK(output.find("CANARY=") == std::string::npos);
    CHECK(output.ends_with("\nFIRST=1\nCANARYLIKE=2\nLAST=3\n"));
}

TEST_CASE("a hardened process hides its environment and memory from its own user and dumps no core", "[secrets]") {
    CHECK(in_another_process(hardened_is_hidden) == 0);
}

TEST_CASE("a secret moves without a copy and is empty where it came from", "[secrets]") {
    Secret one(std::string_view("bytes"));
    const char* where = one.data();
    Secret two(std::move(one));
    CHECK(two.data() == where);
    CHECK(two.view() == "bytes");
    CHECK(one.empty());
    two.shrink(2);
    two.shrink(4);
    CHECK(two.view() == "by");
    two = Secret(std::string_view("other"));
    CHECK(two.view() == "other");
}
