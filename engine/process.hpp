// A child process and its pipes.
//
// Start    no shell, the environment given and nothing of ours, no descriptor but 0, 1, 2 and shared memory, a process
//          group of its own, every signal at its default and none blocked, no_new_privs, no core files, another user
//          when asked for; it is killed when we are (launch.hpp).
// Ends     wait() yields when the child has exited and its output was read to the end, or 5 s after its exit when
//          something it left behind holds the output open. What is left of the group is killed then. The destructor
//          kills the group and reaps the child: no zombie, no orphan.
// Hang     nothing read or written for `hang_timeout` while the child has something to do (input is offered, its input
//          ended, or an answer is due) and we listen: SIGTERM to the group, SIGKILL after `term_grace`, and everything
//          that waits throws Error(child_hang). Time in which we do not read does not count.
// Errors   read and write throw child_hang, cancelled (after stop), io. EPIPE is child_stdin.
// Threads  every member is called on the network executor it was started with; the destructor on any thread. One
//          coroutine may write while another reads and a third waits.
// Source   Hadoop Streaming for the exit rules; pidfd_open(2), pipe(7).
#pragma once

#include "engine/child_stderr.hpp"
#include "engine/clock.hpp"
#include "engine/error.hpp"
#include "engine/launch.hpp"
#include "engine/shared_memory.hpp"
#include "engine/task.hpp"

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct ProcessSpec {
    std::vector<std::string> argv;         // argv[0] is looked up in PATH when it has no slash
    std::vector<std::string> environment;  // "NAME=value", all of it
    std::string working_dir;               // empty: ours
    std::optional<UserId> run_as;          // nullopt: our user; another one asks for root
    std::shared_ptr<SharedMemory> shared_memory;  // the child's descriptor 3; null: none
    std::string name;                      // for messages; empty: argv[0]
    Duration hang_timeout = std::chrono::seconds(600);
    Duration term_grace = std::chrono::seconds(10);
    Duration eof_grace = std::chrono::seconds(5);
    LineHandler on_stderr;  // lines of stderr, rate-limited; called on the network thread
    LineHandler on_status;  // reporter:status: lines
};

struct ExitStatus {
    int code = 0;
    int signal = 0;  // not 0: ended by this signal
    bool success() const noexcept { return code == 0 && signal == 0; }
};

// child_exit or child_signal, with what the child said last; nullopt for a success.
std::optional<Error> exit_error(std::string_view name, const ExitStatus& status, std::string_view last_stderr_line);

class Process {
public:
    // Throws Error: config (no such program, not executable, with the path), os (no memory, processes or descriptors,
    // no right to become another user).
    static Process start(Executor network, ProcessSpec spec);
    Process(Process&&) noexcept;
    Process& operator=(Process&&) = delete;
    ~Process();

    // When `stop` is requested everything that waits throws Error(cancelled). The last call counts.
    void stop_on(std::stop_token stop);

    // Waits until all is written. `bytes` must outlive the call. False: the child has closed its input.
    [[nodiscard]] Task<bool> try_write(std::string_view bytes);
    // The same, but a closed input is an Error: what the child died of when it did, else child_stdin.
    Task<void> write(std::string_view bytes);
    void close_stdin();

    // At least 1 byte; 0 at the end of output.
    Task<std::size_t> read_some(std::span<char> room);

    // Tells the hang watch whether the child owes an answer while its input is open and nothing is being written.
    void expect_answer(bool due);

    // The child must be read to the end by then, or concurrently.
    Task<ExitStatus> wait();
    // wait(), and throws what exit_error() says.
    Task<void> wait_for_success();
    // After a success: throws child_stdin when bytes lie unread in its stdin. A pipe takes a megabyte that nobody reads
    // before a write shows it. Only for a child whose stdin was closed by close_stdin().
    void check_all_was_read() const;
    // For a child that closed its input or output too early: what it died of if it ends within `eof_grace`, else
    // child_stdin. It is killed then, and whatever else waits for it throws the same.
    Task<Error> why_ended_early();

    // SIGTERM to the group, SIGKILL after `term_grace`; returns when the child has ended.
    Task<void> terminate();
    void kill();  // SIGKILL to the group at once; wait() then tells

    // What it has not slept of the time since it was started (engine/awake_time.hpp).
    std::optional<Duration> awake_time() const;

    const ChildStderr& log() const;
    const std::string& name() const;

private:
    class Core;
    struct StopCall;
    explicit Process(std::shared_ptr<Core> core);
    std::shared_ptr<Core> core_;
    std::unique_ptr<std::stop_callback<StopCall>> on_stop_;
};

}  // namespace af
