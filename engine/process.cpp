#include "engine/process.hpp"

#include "engine/awake_time.hpp"
#include "engine/process_core.hpp"

#include <asio/buffer.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>

namespace af {

std::optional<Error> exit_error(std::string_view name, const ExitStatus& status, std::string_view last_stderr_line) {
    if (status.success()) return std::nullopt;
    std::string said;
    if (!last_stderr_line.empty()) said = fmt::format(": {}", last_stderr_line);
    if (status.signal == 0)
        return Error(ErrorKind::child_exit, fmt::format("{}: exit status {}{}", name, status.code, said));
    Error killed(ErrorKind::child_signal,
                 fmt::format("{}: ended by signal {} ({}){}", name, status.signal, ::strsignal(status.signal), said));
    if (status.signal == SIGKILL)
        return std::move(killed).hint(
            "the system may have run out of memory: look for its OOM message, use fewer workers");
    return killed;
}

struct Process::StopCall {
    std::weak_ptr<Core> core;
    Executor network;
    void operator()() const {
        asio::post(network, [core = core] {
            if (auto alive = core.lock()) alive->give_up(Error(ErrorKind::cancelled, "stopped"));
        });
    }
};

Process::Process(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Process::Process(Process&&) noexcept = default;

Process::~Process() {
    if (!core_) return;
    on_stop_.reset();
    auto abandon = [core = core_] { core->abandon(); };
    asio::dispatch(core_->network, std::move(abandon));
}

Process Process::start(Executor network, ProcessSpec spec) {
    if (spec.name.empty()) spec.name = spec.argv.at(0);
    Spawned child = spawn({.argv = spec.argv,
                           .environment = spec.environment,
                           .working_dir = spec.working_dir,
                           .run_as = spec.run_as,
                           .shared_memory = spec.shared_memory ? spec.shared_memory->descriptor() : -1});
    auto core = std::make_shared<Core>(std::move(network), std::move(spec), std::move(child));
    core->begin();
    return Process(std::move(core));
}

void Process::stop_on(std::stop_token stop) {
    StopCall call{core_, core_->network};
    on_stop_ = std::make_unique<std::stop_callback<StopCall>>(std::move(stop), std::move(call));
}

Task<bool> Process::try_write(std::string_view bytes) {
    auto core = core_;
    while (!bytes.empty()) {
        core->check();
        if (core->input_closed || core->cut) co_return false;
        core->writing = true;
        core->touch();
        asio::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto buffer = asio::buffer(bytes.data(), bytes.size());
        const std::size_t count = co_await core->input.async_write_some(buffer, token);
        core->writing = false;
        core->touch();
        core->check();
        bytes.remove_prefix(count);
        if (!error) continue;
        if (error == asio::error::operation_aborted && core->cut) co_return false;
        if (error == asio::error::broken_pipe) co_return false;
        throw core->os_failure(error.value(), "write to its stdin");
    }
    co_return true;
}

Task<void> Process::write(std::string_view bytes) {
    const bool taken = co_await try_write(bytes);
    if (taken) co_return;
    Error why = co_await why_ended_early();
    throw why;
}

void Process::close_stdin() {
    asio::error_code ignored;
    if (core_->input.is_open()) {
        // Not held open before: while there is a reader, no write says that the child has gone.
        const std::string end = fmt::format("/proc/self/fd/{}", core_->input.native_handle());
        core_->unread = UniqueFd(::open(end.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    }
    core_->input.close(ignored);
    core_->input_closed = true;
    core_->touch();
}

Task<std::size_t> Process::read_some(std::span<char> room) {
    auto core = core_;
    for (;;) {
        core->check();
        if (core->output_ended) co_return 0;
        asio::error_code error;
        std::size_t count = 0;
        auto buffer = asio::buffer(room.data(), room.size());
        if (core->cut) {
            count = core->output.read_some(buffer, error);
            if (count > 0) co_return count;
            core->output_ended = true;
            core->settle();
            co_return 0;
        }
        core->reading = true;
        core->touch();
        auto token = asio::redirect_error(asio::use_awaitable, error);
        count = co_await core->output.async_read_some(buffer, token);
        core->reading = false;
        core->touch();
        core->check();
        if (count > 0) co_return count;
        if (error == asio::error::operation_aborted && core->cut) continue;
        if (error != asio::error::eof) throw core->os_failure(error.value(), "read its stdout");
        core->output_ended = true;
        core->settle();
    }
}

void Process::expect_answer(bool due) {
    if (due && !core_->due) core_->touch();
    core_->due = due;
}

Task<ExitStatus> Process::wait() {
    auto core = core_;
    while (!core->reaped) {
        core->check();
        co_await core->changed();
    }
    core->check();
    co_return *core->status;
}

Task<void> Process::wait_for_success() {
    auto core = core_;
    const ExitStatus status = co_await wait();
    const std::string said = core->log.last_line();
    std::optional<Error> error = exit_error(core->spec.name, status, said);
    if (error) throw *error;
}

void Process::check_all_was_read() const {
    int bytes = 0;
    if (!core_->unread || ::ioctl(core_->unread.get(), FIONREAD, &bytes) != 0 || bytes == 0) return;
    throw Error(ErrorKind::child_stdin,
                fmt::format("{}: ended with {} bytes of its input unread", core_->spec.name, bytes));
}

Task<Error> Process::why_ended_early() {
    auto core = core_;
    const bool ended = co_await core->exited_within(core->spec.eof_grace);
    if (ended) {
        while (!core->errors_ended && !core->cut) co_await core->changed();
        const std::string said = core->log.last_line();
        std::optional<Error> error = exit_error(core->spec.name, *core->status, said);
        if (error) co_return std::move(*error);
    }
    core->signal_group(SIGKILL);
    Error closed(ErrorKind::child_stdin, core->spec.name + ": closed its input before the end");
    core->give_up(closed);
    co_return std::move(closed);
}

Task<void> Process::terminate() {
    auto core = core_;
    core->signal_group(SIGTERM);
    core->signal_group(SIGCONT);
    const bool ended = co_await core->exited_within(core->spec.term_grace);
    core->signal_group(SIGKILL);
    if (ended) co_return;
    while (!core->status) co_await core->changed();
}

void Process::kill() { core_->signal_group(SIGKILL); }

std::optional<Duration> Process::awake_time() const {
    return core_->reaped ? std::nullopt : af::awake_time(core_->pid());
}

const ChildStderr& Process::log() const { return core_->log; }
const std::string& Process::name() const { return core_->spec.name; }

}  // namespace af
