// Validates a JSON object in one sweep, up to 512 bytes at a time, noting where its members, and those of large objects
// in it, lie.
//
// Accepts  what is plain (kPlainJson of json_walk.hpp) and valid beyond doubt, which is nearly all there is. What it
//          does not accept may be valid all the same: JsonWalk decides that, and notes the same.
// Memory   of the members of the largest object so far.
// Threads  one thread at a time.
// Source   RFC 8259; how it works: json_kernel.hpp.
#pragma once

#include "stages/json_notes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace af {

class JsonSweep {
public:
    // A way of looking at bytes that this processor has; the fastest last, which is the one taken by default.
    enum class Way { sse2, avx2, avx2_pext, avx512, ice_lake };
    static std::vector<Way> ways();

    JsonSweep();
    explicit JsonSweep(Way way) : way_(way) {}

    Way way() const { return way_; }

    // As JsonWalk::root(), with `base` added to each offset: the word number of the root's fields, or 0, and then
    // `words` are as before. The byte behind `json` can be read, and is no part of a token.
    std::uint32_t root(std::string_view json, std::uint32_t base, std::vector<std::uint32_t>& words,
                       JsonNoted noted = JsonNoted::large_objects);

private:
    Way way_;
    JsonNotes::Fields fields_;
};

}  // namespace af
