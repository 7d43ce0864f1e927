// One reducer process: sorted `key<TAB>value` lines in, lines of the result out, both at once.
//
// In       blocks whose bytes, put together, are whole lines sorted by key.  Out: blocks of `pool` in order; they need
//          not end at a newline, but the last does.
// Errors   those of engine/process.hpp; config when a feeder's script does not load; child_stdin when the child ends
//          well but leaves input unread, or a feeder without its trailer (user code ended it); cancelled when nothing
//          reads `results`.
// Threads  called on any executor; the process is served on `net`.
// Source   container/helpers/PROTOCOL.md, Reduce; Hadoop Streaming.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/channel.hpp"
#include "engine/process.hpp"

namespace af {

struct ReducerSpec {
    ProcessSpec process;
    bool is_feeder = true;  // it begins with a handshake and ends with a trailer (language: python, javascript)
};

struct ReducerAccount {
    std::uint64_t bytes_in = 0, bytes_out = 0;
    Counters counters;
};

// Starts the process at once; for a feeder, returns when its script is loaded.
Task<std::unique_ptr<Process>> start_reducer(Executor net, ReducerSpec spec, std::stop_token stop);

// Runs a started one to its end, or until `stop`.
Task<ReducerAccount> run_reducer(Executor net, std::unique_ptr<Process> process, bool is_feeder, Receiver<Block> sorted,
                                 Sender<Block> results, BlockPool& pool, std::stop_token stop);

}  // namespace af
