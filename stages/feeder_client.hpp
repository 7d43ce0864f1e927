// The engine's end of container/helpers/PROTOCOL.md: one feeder child, spoken to in batches or, for reduce, in a
// stream.
//
// Start    the handshake is over when start() returns: a script that does not load is an Error(config) before any input
//          was read.
// Order    answers come in the order of batches. One coroutine may send while another receives; more than one batch may
//          be under way.
// Errors   child_output for what is not of the protocol; otherwise those of engine/process.hpp. All name the process.
// Threads  on the network executor; the destructor, which kills the child, on any.
// Source   container/helpers/PROTOCOL.md, version 1.
#pragma once

#include "engine/process.hpp"
#include "stages/feeder_protocol.hpp"

#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace af {

// Views: what they show must live until send() has returned.
struct FeederBatch {
    std::uint32_t sequence = 0;
    std::uint64_t records = 0;
    std::string_view file;
    std::string_view index;
    std::string_view payload;
    // Where it lies in the memory that is shared with the feeder. It must then stay there until the batch is answered.
    std::optional<std::uint64_t> payload_at = {};
};

using FeederAnswer = std::variant<std::string, BatchAccount>;  // a part (whole lines), or the account that ends a batch

struct StartedFeeder {
    Process process;
    FeederReady ready;
};
// Starts a feeder and reads the handshake from it. The child has said no more than that.
Task<StartedFeeder> start_feeder_process(Executor network, ProcessSpec spec, std::stop_token stop);

class FeederClient {
public:
    static Task<std::unique_ptr<FeederClient>> start(Executor network, ProcessSpec spec, std::stop_token stop);
    explicit FeederClient(StartedFeeder started);

    const FeederReady& ready() const noexcept { return ready_; }
    void stop_on(std::stop_token stop) { process_.stop_on(std::move(stop)); }

    // False: the child takes no more. What receive() throws then says why.
    [[nodiscard]] Task<bool> send(FeederBatch batch);
    // The next part or account of the oldest batch under way.
    Task<FeederAnswer> receive();
    // After the last answer: ends its input, and waits for it to end well.
    Task<void> finish();
    void kill() { process_.kill(); }
    std::optional<Duration> awake_time() const { return process_.awake_time(); }

    const std::string& name() const { return process_.name(); }

private:
    struct Owed {
        std::uint32_t sequence;
        std::uint64_t records;
    };
    Task<void> fill();
    Task<std::string> read_line();
    Task<std::string> read_exactly(std::size_t bytes);
    Error named(Error error) const;

    Process process_;
    FeederReady ready_;
    std::deque<Owed> owed_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  // of what was read and not yet taken
};

// Feeders that are started and ready, one for each worker, and more when they are asked for.
// Threads  take() on any thread, start_another() on the network executor.
class FeederPool {
public:
    // Throws what the first that fails throws; the others are killed.
    static Task<std::unique_ptr<FeederPool>> start(Executor network, ProcessSpec spec, unsigned count,
                                                   std::stop_token stop);
    ~FeederPool();

    // What they said of themselves; all of them run the same script.
    const FeederReady& ready() const noexcept;
    std::unique_ptr<FeederClient> take();  // throws Error(bug) when all are taken
    Task<std::unique_ptr<FeederClient>> start_another();

private:
    FeederPool();
    struct Shelf;
    std::unique_ptr<Shelf> shelf_;
};

}  // namespace af
