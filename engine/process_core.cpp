#include "engine/process_core.hpp"

#include <cerrno>
#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <csignal>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

namespace af {

using SteadyClock = std::chrono::steady_clock;

Process::Core::Core(Executor executor, ProcessSpec s, Spawned child)
    : network(std::move(executor)),
      spec(std::move(s)),
      log(spec.on_stderr, spec.on_status),
      input(network, child.input.release()),
      output(network, child.output.release()),
      errors(network, child.errors.release()),
      active(SteadyClock::now()),
      pid_(child.pid),
      exit_(network, child.exit.release()),
      watch_timer_(network),
      grace_timer_(network),
      changed_(network) {
    changed_.expires_at(TimePoint::max());
    // Asio must know that they do not block: else a read of its own waits in poll(), and the network thread with it.
    asio::error_code ignored;
    for (asio::posix::stream_descriptor* end : {&input, &output, &errors}) end->non_blocking(true, ignored);
}

Process::Core::~Core() {
    if (reaped) return;  // else the loop ended first: nothing can wait for the child any more
    signal_group(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Process::Core::begin() {
    drain_errors();
    await_exit();
    watch();
}

void Process::Core::check() const {
    if (failure) throw *failure;
}

Error Process::Core::os_failure(int error, std::string_view doing) const {
    return os_error(error, fmt::format("{}: {}", spec.name, doing));
}

void Process::Core::signal_group(int number) const {
    if (!reaped) ::kill(-pid_, number);  // the id cannot have been given away before the child is reaped
}

Task<void> Process::Core::changed() {
    asio::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await changed_.async_wait(token);
}

void Process::Core::notify() { changed_.cancel(); }

Task<bool> Process::Core::exited_within(Duration time) {
    if (status) co_return true;
    asio::steady_timer limit(network, time);
    auto over = std::make_shared<bool>(false);
    limit.async_wait([self = shared_from_this(), over](const asio::error_code& error) {
        if (error) return;
        *over = true;
        self->notify();
    });
    while (!status && !*over) {
        co_await changed();
        check();
    }
    co_return status.has_value();
}

void Process::Core::drain_errors() {
    auto on_bytes = [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
        if (!error) {
            self->touch();
            self->log.feed({self->error_bytes_.data(), count}, self->active);
            if (!self->abandoned_) return self->drain_errors();
        }
        self->errors_ended = true;
        self->log.finish();
        self->settle();
    };
    errors.async_read_some(asio::buffer(error_bytes_), std::move(on_bytes));
}

void Process::Core::await_exit() {
    exit_.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](const asio::error_code& error) {
                         if (!error) self->on_exit();
                     });
}

void Process::Core::on_exit() {
    siginfo_t info{};
    // The child stays a zombie, and the id of its group ours, until settle() reaps it.
    const int result = ::waitid(P_PIDFD, static_cast<id_t>(exit_.native_handle()), &info, WEXITED | WNOHANG | WNOWAIT);
    if (result == 0 && info.si_pid == 0) return await_exit();
    if (result != 0) {  // somebody else reaped it: how it ended is not known, which is no success
        give_up(os_error(errno, spec.name + ": wait for its end"));
        status = ExitStatus{.code = 255};
        cut = true;
        settle();
        return;
    }
    const bool exited = info.si_code == CLD_EXITED;
    status = exited ? ExitStatus{.code = info.si_status} : ExitStatus{.signal = info.si_status};
    touch();
    if (abandoned_ || failure) {
        cut = true;
    } else if (hung_) {
        give_up(Error(ErrorKind::child_hang,
                      fmt::format("{}: did nothing for {} s", spec.name,
                                  std::chrono::duration_cast<std::chrono::seconds>(spec.hang_timeout).count())));
        cut = true;
    } else {
        grace_timer_.expires_after(spec.eof_grace);
        grace_timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
            if (!error) self->cut_off();
        });
    }
    settle();
}

void Process::Core::cut_off() {
    if (reaped) return;
    cut = true;
    asio::error_code ignored;
    input.cancel(ignored);
    output.cancel(ignored);
    errors.cancel(ignored);
    settle();
}

void Process::Core::settle() {
    if (status && !reaped && (cut || (output_ended && errors_ended))) {
        signal_group(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        reaped = true;
        watch_timer_.cancel();
        grace_timer_.cancel();
    }
    notify();
}

void Process::Core::give_up(Error cause) {
    if (failure) return;
    failure = std::move(cause);
    asio::error_code ignored;
    input.cancel(ignored);
    output.cancel(ignored);
    notify();
}

void Process::Core::abandon() {
    abandoned_ = true;
    give_up(Error(ErrorKind::cancelled, spec.name + ": abandoned"));
    watch_timer_.cancel();
    grace_timer_.cancel();
    asio::error_code ignored;
    input.close(ignored);
    output.close(ignored);
    errors.close(ignored);
    if (reaped) return;
    signal_group(SIGKILL);
    pollfd ended{.fd = exit_.native_handle(), .events = POLLIN, .revents = 0};
    ::poll(&ended, 1, 1000);  // a child that takes longer to die is reaped by await_exit
    if (!(ended.revents & POLLIN)) return;
    ::waitpid(pid_, nullptr, 0);
    reaped = true;
    exit_.close(ignored);
}

// Whether the child is to blame that nothing moves.
bool Process::Core::is_idle_for_cause() const {
    const bool we_listen = reading || output_ended;
    return we_listen && (writing || due || input_closed) && !status;
}

void Process::Core::watch() {
    watch_timer_.expires_at(active + spec.hang_timeout);
    watch_timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (error || self->reaped || self->failure) return;
        if (SteadyClock::now() - self->active >= self->spec.hang_timeout) {
            if (self->is_idle_for_cause()) return self->hang();
            self->touch();
        }
        self->watch();
    });
}

void Process::Core::hang() {
    hung_ = true;
    signal_group(SIGTERM);
    signal_group(SIGCONT);
    grace_timer_.expires_after(spec.term_grace);
    grace_timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (!error) self->signal_group(SIGKILL);
    });
}

}  // namespace af
