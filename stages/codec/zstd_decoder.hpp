// .zst by libzstd: many frames, skippable ones passed over, checksums verified where a frame has one.
// `memory_bytes` bounds the window, rounded down to a power of two. Source: RFC 8878.
#pragma once

#include "stages/codec/decoder.hpp"

namespace af {

std::unique_ptr<Decoder> make_zstd_decoder(std::size_t memory_bytes);

}  // namespace af
