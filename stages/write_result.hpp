// stages/write_result - Block -> ResultFile: appends every block. The file is committed by whoever owns it.
//
// Errors   fatal: no_space, io.
// Threads  one worker.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/stage.hpp"
#include "stages/result_file.hpp"

namespace af {

Task<void> write_result(Ports<Block, void> io, ResultFile& file);

}  // namespace af
