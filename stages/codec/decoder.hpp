// Decoder: compressed bytes in, original bytes out, a step at a time. One format a file; no coroutine knows of it.
//
// Integrity whatever check the format carries is verified; `ended` comes only when the whole object was.
// Members   concatenated members (xz, gzip, zstd, bzip2) are one object. `.lzma` has exactly one.
// Threads   one decoder belongs to one thread at a time.
#pragma once

#include "engine/error.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace af {

enum class Codec { plain, xz, lzma, gzip, zstd, bzip2 };

std::string_view codec_name(Codec codec) noexcept;  // "plain", "xz", ...

struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool ended = false;  // the object is whole: nothing more will come
};

class Decoder {
public:
    virtual ~Decoder() = default;
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    // Begins an object. Memory of the one before is used again.
    virtual void reset() = 0;

    // Goes on until `in` is used up, `out` (not empty) is full, or the object has ended. `last`: nothing follows `in`;
    // call again with what is left of it (perhaps nothing) until `ended`. Never yields 0 bytes for ever.
    // Errors  corrupt: TRUNCATED, TRAILING_GARBAGE, MEMORY_LIMIT, EMPTY or DAMAGED, and the compressed byte where.
    //         Throws Error(os) when there is no memory.
    virtual Result<Step> decode(std::string_view in, bool last, std::span<char> out) = 0;

protected:
    Decoder() = default;
};

// `memory_bytes`: the most a decoder may hold (dictionary or window included); an object that needs more is refused.
std::unique_ptr<Decoder> make_decoder(Codec codec, std::size_t memory_bytes);

}  // namespace af
