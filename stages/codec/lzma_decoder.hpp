// .xz (streams with integrity checks, concatenated, zero padding in multiples of 4) and .lzma alone (exactly one
// stream, no integrity check), by liblzma. Source: xz-file-format.txt, lzma-file-format.txt.
#pragma once

#include "stages/codec/decoder.hpp"

namespace af {

std::unique_ptr<Decoder> make_xz_decoder(std::size_t memory_bytes);
std::unique_ptr<Decoder> make_lzma_decoder(std::size_t memory_bytes);

}  // namespace af
