// Bytes as they are: any object is a whole one, an empty one too.
#pragma once

#include "stages/codec/decoder.hpp"

namespace af {

std::unique_ptr<Decoder> make_plain_decoder();

}  // namespace af
