// RecordStream -> MapItem for `language: binary`: one process for each stream, with Hadoop Streaming's contract.
//
// In       streams in any order.  Out: for each stream the parts of its process's stdout, whole lines, the last with
//          the account, then the ObjectEnd that the stream ended with, if any.
// Memory   a worker holds one batch and one part.
// Errors   whatever the program does wrong ends the pipeline, with the object and the line it was at. An object that
//          fails kills the process; its ObjectEnd passes and what the process wrote last is dropped.
// Threads  any lane; the process is served on options.net.
// Source   Hadoop Streaming: stdin and stdout are lines, reporter: lines on stderr, any status but 0 fails.
#pragma once

#include "engine/stage.hpp"
#include "stages/binary_run.hpp"

namespace af {

Task<void> map_streams(Ports<RecordStream, MapItem> io, BinaryMapOptions options);

}  // namespace af
