// .gz by ISA-L: many members, CRC and length of each verified, zero padding behind them. Holds about 100 KB.
// Source: RFC 1952.
#pragma once

#include "stages/codec/decoder.hpp"

namespace af {

std::unique_ptr<Decoder> make_gzip_decoder();

}  // namespace af
