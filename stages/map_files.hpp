// Inflated -> MapItem for `input: files`: the function, or the program, gets the path of a local copy of each object.
//
// In       objects in any order.  Out: for each object the parts of its output, then its ObjectEnd (one unit).
// Disk     one file a worker, named by the object's ordinal (never by its key), removed when it is done with.
// Errors   an object that fails is its ObjectEnd; a disk that is full (no_space) or broken (io) and whatever the user's
//          code does wrong end the pipeline, with the object.
// Threads  files are written on the lane's executor (it blocks: use the CPU pool), processes served on the network's.
#pragma once

#include "engine/stage.hpp"
#include "stages/binary_run.hpp"
#include "stages/feeder_client.hpp"

#include <string>

namespace af {

struct MapFilesOptions {
    std::string scratch_dir;  // exists; ours alone
    BinaryMapOptions binary;  // .net is always used, the rest without feeders
};

// `feeders` for python and javascript, started with --format lines, one for each worker; nullptr: a process for each
// object, which gets the path as one line on stdin.
Task<void> map_files(Ports<Inflated, MapItem> io, MapFilesOptions options, FeederPool* feeders);

}  // namespace af
