// The threads of a program: one for the network (curl, pipes, timers, signals) and a pool for the CPU.
//
// Ownership started by the constructor, joined by the destructor; build one in main() and pass it down.
// Threads   block_on() and the destructor belong to the thread that built it; the rest to any.
#pragma once

#include "engine/stage.hpp"
#include "engine/task.hpp"

#include <asio/co_spawn.hpp>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>

namespace af {

class Runtime {
public:
    // cpu_threads 0: one for each processor this process may use.
    explicit Runtime(unsigned cpu_threads = 0);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    Place net() const;
    Place cpu() const;
    unsigned cpu_threads() const noexcept;

    // Runs `task` on the network thread and waits for it.
    template <class T>
    T block_on(Task<T> task) {
        if constexpr (std::is_void_v<T>) {
            std::promise<void> done;
            asio::co_spawn(net().executor, std::move(task), [&](std::exception_ptr error) {
                if (error)
                    done.set_exception(error);
                else
                    done.set_value();
            });
            done.get_future().get();
        } else {
            std::promise<T> done;
            asio::co_spawn(net().executor, std::move(task), [&](std::exception_ptr error, std::optional<T> value) {
                if (error)
                    done.set_exception(error);
                else
                    done.set_value(std::move(*value));
            });
            return done.get_future().get();
        }
    }

    // From now on SIGINT, SIGTERM and SIGHUP call `handler` on the network thread; a second SIGINT kills the children
    // and ends the process within a second with 130. SIGPIPE is ignored. An empty handler takes it back. Once the
    // runtime has ended, the three are ignored: nothing is left that they could stop.
    void on_signal(std::function<void(int)> handler);

private:
    struct Threads;
    std::unique_ptr<Threads> threads_;
};

// Processors this process may run on (its affinity mask and cgroup quota), at least 1.
unsigned usable_processors();

}  // namespace af
