// .bz2 by libbz2: many streams, CRCs of every block and stream verified. Holds at most 4 MB.
#pragma once

#include "stages/codec/decoder.hpp"

namespace af {

std::unique_ptr<Decoder> make_bzip2_decoder();

}  // namespace af
