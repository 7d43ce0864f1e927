#include "stages/write_result.hpp"

namespace af {

Task<void> write_result(Ports<Block, void> io, ResultFile& file) {
    while (auto block = co_await io.in.next()) file.append(block->view());
}

}  // namespace af
