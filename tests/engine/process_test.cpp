#include "engine/process.hpp"

#include "engine/join.hpp"
#include "engine/runtime.hpp"
#include "tests/support/process_end.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>

using namespace af;
using namespace std::chrono_literals;

namespace {

ProcessSpec shell(const std::string& script) {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", script};
    spec.environment = {"PATH=/usr/bin:/bin"};
    spec.name = "script";
    return spec;
}

struct Talk {
    std::string output;
    ExitStatus status;
    std::string stderr_tail;
    Counters counters;
    bool taken = true;
};

Task<void> feed(Process& process, const std::string& input, Talk& talk) {
    talk.taken = co_await process.try_write(input);
    process.close_stdin();
}

Task<void> collect(Process& process, Talk& talk) {
    std::vector<char> room(1 << 20);
    while (std::size_t count = co_await process.read_some(room)) talk.output.append(room.data(), count);
}

Task<Talk> converse(Executor network, ProcessSpec spec, std::string input) {
    Process process = Process::start(network, std::move(spec));
    Talk talk;
    std::vector<Task<void>> both;
    both.push_back(feed(process, input, talk));
    both.push_back(collect(process, talk));
    co_await join(std::move(both));
    talk.status = co_await process.wait();
    talk.stderr_tail = process.log().tail();
    talk.counters = process.log().counters();
    co_return std::move(talk);
}

Task<void> write_until_refused(Executor network, ProcessSpec spec) {
    Process process = Process::start(network, std::move(spec));
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 100; ++i) co_await process.write(block);
}

Task<void> read_to_success(Executor network, ProcessSpec spec) {
    Process process = Process::start(network, std::move(spec));
    process.close_stdin();
    Talk talk;
    co_await collect(process, talk);
    co_await process.wait_for_success();
}

// The error `task` ends with.
template <class T>
Error error_of(Runtime& rt, Task<T> task) {
    try {
        rt.block_on(std::move(task));
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::bug, "no error");
}

Task<Talk> first_pid_then_drop(Executor network, ProcessSpec spec) {
    Process process = Process::start(network, std::move(spec));
    Talk talk;
    while (talk.output.find('\n') == std::string::npos) {
        char room[64];
        const std::size_t count = co_await process.read_some(room);
        talk.output.append(room, count);
    }
    co_return std::move(talk);
}

}  // namespace

TEST_CASE("a child gets what is written and its output comes back whole", "[process]") {
    Runtime rt(1);
    std::string input;
    for (int i = 0; input.size() < (20 << 20); ++i) input += "line " + std::to_string(i) + "\n";
    ProcessSpec spec;
    spec.argv = {"cat"};
    Talk talk = rt.block_on(converse(rt.net().executor, spec, input));
    CHECK(talk.output == input);
    CHECK(talk.status.success());
    CHECK_FALSE(test::has_children());
}

TEST_CASE("a child has descriptors 0, 1 and 2, the environment it was given, and no ignored or blocked signal",
          "[process]") {
    Runtime rt(1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "canary", 1);
    const int leaked = ::dup(0);  // inheritable on purpose
    ProcessSpec spec =
        shell("for f in /proc/self/fd/*; do echo ${f##*/}; done; env; grep -E 'Sig(Ign|Blk)' /proc/self/status");
    spec.environment = {"A=1", "PATH=/usr/bin:/bin"};
    Talk talk = rt.block_on(converse(rt.net().executor, spec, ""));
    ::close(leaked);
    ::unsetenv("AWS_SECRET_ACCESS_KEY");
    INFO(talk.output);
    CHECK(talk.output.find("canary") == std::string::npos);
    CHECK(talk.output.find("A=1\n") != std::string::npos);
    const std::string ignored = talk.output.substr(talk.output.find("SigIgn:\t") + 8);
    const std::uint64_t glibc_own = 3ULL << 31;  // 32 and 33 belong to the C library: as whoever started us set them
    CHECK((std::stoull(ignored, nullptr, 16) & ~glibc_own) == 0);
    CHECK(talk.output.find("SigBlk:\t0000000000000000") != std::string::npos);
    ProcessSpec list;
    list.argv = {"ls", "/proc/self/fd"};
    Talk listed = rt.block_on(converse(rt.net().executor, list, ""));
    CHECK(listed.output == "0\n1\n2\n3\n");  // 3 is the folder that ls reads
}

TEST_CASE("arguments reach a child unchanged", "[process]") {
    Runtime rt(1);
    ProcessSpec spec;
    spec.argv = {"printf", "%s|", "a b", "$(id)", "; rm -rf x", "new\nline", ""};
    Talk talk = rt.block_on(converse(rt.net().executor, spec, ""));
    CHECK(talk.output == "a b|$(id)|; rm -rf x|new\nline||");
}

TEST_CASE("a child works in the folder it is given and in a process group of its own", "[process]") {
    Runtime rt(1);
    ProcessSpec spec = shell("pwd; ps -o pgid= -p $$ | tr -d ' '; echo $$");
    spec.working_dir = "/usr";
    Talk talk = rt.block_on(converse(rt.net().executor, spec, ""));
    const std::string pid = talk.output.substr(talk.output.rfind('\n', talk.output.size() - 2) + 1);
    CHECK(talk.output == "/usr\n" + pid + pid);
}

TEST_CASE("a program that cannot be executed is an error of the job's configuration, with its path", "[process]") {
    Runtime rt(1);
    const auto dir = std::filesystem::temp_directory_path() / ("af_process_" + std::to_string(::getpid()));
    std::filesystem::create_directory(dir);
    const std::string plain = dir / "plain", headless = dir / "headless", lost = dir / "lost";
    std::ofstream(plain) << "#!/bin/sh\n";
    std::ofstream(headless) << "echo hi\n";
    std::ofstream(lost) << "#!/no/such/interpreter\n";
    for (const std::string& path : {headless, lost}) std::filesystem::permissions(path, std::filesystem::perms(0755));
    for (const std::string& path : {plain, headless, lost, std::string("/no/such"), std::string("no-such-program")}) {
        ProcessSpec spec;
        spec.argv = {path};
        const Error error = error_of(rt, converse(rt.net().executor, spec, ""));
        CHECK(error.kind() == ErrorKind::config);
        CHECK(std::string(error.what()).find(path) != std::string::npos);
    }
    std::filesystem::remove_all(dir);
    ProcessSpec spec = shell("true");
    spec.working_dir = "/no/such/folder";
    const Error error = error_of(rt, converse(rt.net().executor, spec, ""));
    CHECK(error.kind() == ErrorKind::config);
    CHECK(std::string(error.what()).find("/no/such/folder") != std::string::npos);
    CHECK_FALSE(test::has_children());
}

TEST_CASE("an exit status other than 0 is child_exit with the last line of stderr", "[process]") {
    Runtime rt(1);
    const Error error =
        error_of(rt, read_to_success(rt.net().executor, shell("echo first >&2; echo 'ValueError: no' >&2; exit 3")));
    CHECK(error.kind() == ErrorKind::child_exit);
    CHECK(std::string(error.what()) == "script: exit status 3: ValueError: no");
}

TEST_CASE("a death by signal is child_signal and names the signal", "[process]") {
    Runtime rt(1);
    const Error error = error_of(rt, read_to_success(rt.net().executor, shell("kill -KILL $$")));
    CHECK(error.kind() == ErrorKind::child_signal);
    CHECK(std::string(error.what()).find("signal 9") != std::string::npos);
    CHECK(error.advice().find("memory") != std::string::npos);
}

TEST_CASE("a child that closes its input early is child_stdin, or what it died of", "[process]") {
    Runtime rt(1);
    Executor net = rt.net().executor;
    CHECK(error_of(rt, write_until_refused(net, shell("head -c 1 >&2"))).kind() == ErrorKind::child_stdin);
    CHECK(error_of(rt, write_until_refused(net, shell("exit 0"))).kind() == ErrorKind::child_stdin);
    CHECK(error_of(rt, write_until_refused(net, shell("exit 4"))).kind() == ErrorKind::child_exit);
    ProcessSpec stays = shell("exec 0<&-; sleep 1000");
    stays.eof_grace = 50ms;
    CHECK(error_of(rt, write_until_refused(net, stays)).kind() == ErrorKind::child_stdin);
    CHECK_FALSE(test::has_children());
}

TEST_CASE("try_write tells an early end of input from an error", "[process]") {
    Runtime rt(1);
    Talk talk =
        rt.block_on(converse(rt.net().executor, shell("head -n 1"), std::string("a\n") + std::string(8 << 20, 'b')));
    CHECK_FALSE(talk.taken);
    CHECK(talk.output == "a\n");
    CHECK(talk.status.success());
}

TEST_CASE("a child that writes before it reads does not deadlock", "[process]") {
    Runtime rt(1);
    const std::string input(8 << 20, 'i');
    Talk talk = rt.block_on(converse(rt.net().executor, shell("head -c 8388608 /dev/zero; cat"), input));
    CHECK(talk.output.size() == 16 << 20);
    CHECK(talk.status.success());
}

TEST_CASE("a child that floods stderr neither blocks nor fills memory", "[process]") {
    Runtime rt(1);
    std::size_t passed = 0;
    ProcessSpec spec =
        shell("yes 'some words' | head -c 67108864 >&2; echo >&2; echo reporter:counter:g,n,1 >&2; echo done");
    spec.on_stderr = [&](std::string_view line) { passed += line.size(); };
    Talk talk = rt.block_on(converse(rt.net().executor, spec, ""));
    CHECK(talk.output == "done\n");
    CHECK(talk.stderr_tail.size() == 64 << 10);
    CHECK(passed < 1 << 20);
    CHECK(talk.counters.at("g\tn") == 1);
}

TEST_CASE("a child that does nothing while input is due is child_hang, also when it ignores SIGTERM or is stopped",
          "[process]") {
    Runtime rt(1);
    for (const char* script :
         {"cat >/dev/null; sleep 1000", "trap '' TERM; cat >/dev/null; while :; do sleep 1000; done",
          "cat >/dev/null; kill -STOP $$"}) {
        ProcessSpec spec = shell(script);
        spec.hang_timeout = 200ms;
        spec.term_grace = 200ms;
        const Error error = error_of(rt, converse(rt.net().executor, spec, "x"));
        CHECK(error.kind() == ErrorKind::child_hang);
    }
    CHECK_FALSE(test::has_children());
}

TEST_CASE("a child that does not take its input is child_hang", "[process]") {
    Runtime rt(1);
    ProcessSpec spec = shell("sleep 1000");
    spec.hang_timeout = 200ms;
    const Error error = error_of(rt, converse(rt.net().executor, spec, std::string(8 << 20, 'x')));
    CHECK(error.kind() == ErrorKind::child_hang);
}

TEST_CASE("a child that is slow but alive is no hang", "[process]") {
    Runtime rt(1);
    ProcessSpec spec = shell("cat >/dev/null; for i in 1 2 3 4 5 6 7 8; do sleep 0.7; echo $i; done");
    spec.hang_timeout = 5s;
    Talk talk = rt.block_on(converse(rt.net().executor, spec, "x"));
    CHECK(talk.status.success());
}

TEST_CASE("a grandchild that holds the output open ends with a grace after the exit, and is killed", "[process]") {
    Runtime rt(1);
    ProcessSpec spec = shell("sleep 1000 & echo $!");
    spec.eof_grace = 200ms;
    Talk talk = rt.block_on(converse(rt.net().executor, spec, ""));
    CHECK(talk.status.success());
    CHECK(test::is_gone(std::stoi(talk.output)));
}

TEST_CASE("what a grandchild writes within the grace is kept", "[process]") {
    Runtime rt(1);
    Talk talk = rt.block_on(converse(rt.net().executor, shell("(sleep 0.2; echo late) & exit 0"), ""));
    CHECK(talk.output == "late\n");
}

TEST_CASE("dropping a process kills its whole group and leaves no zombie", "[process]") {
    Runtime rt(1);
    Talk talk = rt.block_on(
        first_pid_then_drop(rt.net().executor, shell("trap '' TERM HUP; sleep 1000 & echo $!; wait; wait")));
    CHECK(test::is_gone(std::stoi(talk.output)));
    CHECK_FALSE(test::has_children());
}

TEST_CASE("a stop ends what waits for a child", "[process]") {
    Runtime rt(1);
    std::stop_source stop;
    ProcessSpec spec = shell("sleep 1000");
    auto wait_for_output = [](Executor network, ProcessSpec s, std::stop_source source) -> Task<void> {
        Process process = Process::start(network, std::move(s));
        process.stop_on(source.get_token());
        source.request_stop();
        char room[8];
        co_await process.read_some(room);
    };
    const Error error = error_of(rt, wait_for_output(rt.net().executor, spec, stop));
    CHECK(error.kind() == ErrorKind::cancelled);
    CHECK_FALSE(test::has_children());
}

TEST_CASE("terminate lets a child end by itself", "[process]") {
    Runtime rt(1);
    auto end_it = [](Executor network, ProcessSpec s) -> Task<std::string> {
        Process process = Process::start(network, std::move(s));
        char room[16];
        co_await process.read_some(room);
        co_await process.terminate();
        const std::size_t count = co_await process.read_some(room);
        std::string said(room, count);
        co_return said;
    };
    const std::string said = rt.block_on(
        end_it(rt.net().executor, shell("trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.01; done")));
    CHECK(said == "bye\n");
    CHECK_FALSE(test::has_children());
}
