#include "engine/runtime.hpp"

#include "engine/children.hpp"

#include <sched.h>
#include <unistd.h>
#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <cmath>
#include <csignal>
#include <fstream>
#include <mutex>
#include <thread>

namespace af {

Executor Place::for_worker() const {
    if (!needs_strand) return executor;
    return asio::make_strand(executor);
}

unsigned usable_processors() {
    cpu_set_t set;
    unsigned count = std::max(1u, std::thread::hardware_concurrency());
    if (::sched_getaffinity(0, sizeof set, &set) == 0) count = std::max(1, CPU_COUNT(&set));
    std::ifstream quota_file("/sys/fs/cgroup/cpu.max");  // "max 100000" or "150000 100000"
    double quota = 0;
    double period = 0;
    if (quota_file >> quota >> period && quota > 0 && period > 0) {
        count = std::min(count, static_cast<unsigned>(std::max(1.0, std::ceil(quota / period))));
    }
    return count;
}

// How long a second SIGINT waits for the children that it kills.
constexpr std::chrono::milliseconds kKillPatience{1000};

constexpr int kStopSignals[] = {SIGINT, SIGTERM, SIGHUP};

struct Runtime::Threads {
    explicit Threads(unsigned count) : cpu_count(count), loop(1), work(loop.get_executor()), cpu(count), signals(loop) {
        net = std::thread([this] { loop.run(); });
    }
    ~Threads() {
        cpu.join();
        asio::post(loop, [this] {
            asio::error_code ignored;
            signals.cancel(ignored);
        });
        work.reset();
        net.join();
        if (listening) ignore_from_now_on();
    }

    // The work is over and its exit status known: a signal that comes now must not take it back. Closing `signals`
    // makes them deadly again, so they wait in between; ignoring them drops those that wait.
    void ignore_from_now_on() {
        sigset_t ours;
        sigset_t before;
        ::sigemptyset(&ours);
        for (const int number : kStopSignals) ::sigaddset(&ours, number);
        ::pthread_sigmask(SIG_BLOCK, &ours, &before);
        asio::error_code ignored;
        signals.clear(ignored);
        for (const int number : kStopSignals) std::signal(number, SIG_IGN);
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    void wait_for_signal() {
        signals.async_wait([this](const asio::error_code& error, int number) {
            if (error) return;
            std::function<void(int)> current;
            {
                std::lock_guard lock(mutex);
                current = handler;
            }
            if (number == SIGINT && interrupted) {
                kill_child_groups(kKillPatience);
                ::_exit(130);
            }
            interrupted = interrupted || number == SIGINT;
            if (current) current(number);
            wait_for_signal();
        });
    }

    const unsigned cpu_count;
    asio::io_context loop;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    asio::thread_pool cpu;
    asio::signal_set signals;
    std::thread net;
    std::mutex mutex;
    std::function<void(int)> handler;
    bool listening = false;
    bool interrupted = false;  // network thread only
};

Runtime::Runtime(unsigned cpu_threads) {
    std::signal(SIGPIPE, SIG_IGN);
    threads_ = std::make_unique<Threads>(cpu_threads ? cpu_threads : usable_processors());
}
Runtime::~Runtime() = default;

Place Runtime::net() const { return {.executor = threads_->loop.get_executor(), .needs_strand = false}; }
Place Runtime::cpu() const { return {.executor = threads_->cpu.get_executor(), .needs_strand = true}; }
unsigned Runtime::cpu_threads() const noexcept { return threads_->cpu_count; }

void Runtime::on_signal(std::function<void(int)> handler) {
    std::lock_guard lock(threads_->mutex);
    threads_->handler = std::move(handler);
    if (threads_->listening) return;
    threads_->listening = true;
    asio::post(threads_->loop, [threads = threads_.get()] {
        for (const int number : kStopSignals) threads->signals.add(number);
        threads->wait_for_signal();
    });
}

}  // namespace af
