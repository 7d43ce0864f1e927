// One run of a Hadoop Streaming program: what goes to its stdin is the caller's, what comes from its stdout leaves in
// parts.
//
// Errors   child_exit, child_signal, child_hang, child_output of the program; `allow_early_exit` decides whether a
//          program that closes its input early and ends with status 0 is an Error(child_stdin).
// Threads  on the network executor.
#pragma once

#include "engine/process.hpp"
#include "engine/stage.hpp"
#include "stages/line_parts.hpp"
#include "stages/records.hpp"

namespace af {

struct BinaryMapOptions {
    Executor net;
    ProcessSpec process;  // the object's name is added to its environment
    bool allow_early_exit = false;
    std::size_t part_bytes = 1 << 20;
    std::size_t max_line_bytes = 64 << 20;
};

// `process` of the options, started for this object.
Process start_for(const BinaryMapOptions& options, const ObjectPtr& object, std::stop_token stop);

// Reads stdout to its end and checks how the process ended. Puts the parts but for the last, which it leaves in `last`
// with the counters: it counts only when the caller knows that the input was whole.
Task<void> collect_output(Process& process, const BinaryMapOptions& options, Out<MapItem>& out, MapOutput& last);

// After the end of both input and output: throws child_stdin when the program left input unread and may not.
void check_all_was_read(const Process& process, const BinaryMapOptions& options);

}  // namespace af
