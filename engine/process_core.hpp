// The state of one child process, shared by the handlers that wait for its pipes, its end and its timers.
// Threads  every member on the network executor. Handlers own the core, so it outlives the Process until they ended.
#pragma once

#include "engine/process.hpp"
#include "engine/spawn.hpp"

#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

namespace af {

class Process::Core : public std::enable_shared_from_this<Core> {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    Core(Executor network, ProcessSpec s, Spawned child);
    ~Core();

    void begin();                        // starts the handlers
    void abandon();                      // the owner is gone
    void give_up(Error cause);           // everything that waits throws `cause`
    void signal_group(int number) const;
    void touch() { active = std::chrono::steady_clock::now(); }
    void settle();                       // reaps once there is nothing left to wait for
    Task<void> changed();                // sleeps until any of the flags below may have changed
    Task<bool> exited_within(Duration time);
    void check() const;                  // throws `failure` if there is one
    Error os_failure(int error, std::string_view doing) const;
    pid_t pid() const noexcept { return pid_; }

    const Executor network;
    const ProcessSpec spec;
    ChildStderr log;
    asio::posix::stream_descriptor input, output, errors;
    UniqueFd unread;  // the child's end of a closed input, to see what lies there

    std::optional<ExitStatus> status;  // set when the child has ended
    std::optional<Error> failure;
    TimePoint active;      // last time something moved, or began to wait
    bool writing = false;  // a write waits
    bool reading = false;  // a read waits
    bool due = false;      // the child owes an answer
    bool input_closed = false;
    bool output_ended = false;
    bool errors_ended = false;
    bool cut = false;      // the child ended a while ago: what is in the pipes is all there is
    bool reaped = false;

private:
    void drain_errors();
    void await_exit();
    void on_exit();
    void cut_off();
    void watch();
    bool is_idle_for_cause() const;
    void hang();
    void notify();

    const pid_t pid_;
    asio::posix::stream_descriptor exit_;
    asio::steady_timer watch_timer_, grace_timer_, changed_;
    bool hung_ = false;
    bool abandoned_ = false;
    std::array<char, 64 << 10> error_bytes_;
};

}  // namespace af
