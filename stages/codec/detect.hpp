// Which codec an object is in: by its first bytes; by the suffix of its name where they do not say.
//
//   a magic number (xz, gzip, zstd, bzip2)   that codec, whatever the name says
//   none, and a codec's suffix               plain when the bytes are text, else the codec of the suffix, whose decoder
//                                            then says what is wrong (a damaged or truncated header, an empty object)
//   none, `.lzma`                            the same; a .lzma header has no magic number, but never looks like text
//   none, any other name                     plain
#pragma once

#include "stages/codec/decoder.hpp"

#include <string>

namespace af {

inline constexpr std::size_t kDetectBytes = 512;  // as many first bytes are worth collecting

struct Detected {
    Codec codec = Codec::plain;
    std::string warning;  // set when name and bytes do not agree
};

// `first`: the first kDetectBytes or more, or the whole object when it is shorter.
Detected detect_codec(std::string_view first, std::string_view name);

// Whether an object of that name may have an index of blocks or frames that decode by themselves.
bool may_have_index(std::string_view name);

// .xz .lzma .gz .zst .bz2 and their long forms, in any case; plain for any other.
Codec codec_of_suffix(std::string_view name);

}  // namespace af
