// What the decoder of a codec makes of a whole object.
#pragma once

#include "stages/codec/decoder.hpp"

#include <array>
#include <string>

namespace af::test {

inline Result<std::string> decoded(Codec codec, std::string_view bytes) {
    const auto decoder = make_decoder(codec, std::size_t{128} << 20);
    decoder->reset();
    std::string text;
    std::array<char, 4096> out{};
    for (;;) {
        Result<Step> step = decoder->decode(bytes, true, out);
        if (!step) return Failure(std::move(step.error()));
        text.append(out.data(), step->produced);
        bytes.remove_prefix(step->consumed);
        if (step->ended) return text;
    }
}

}  // namespace af::test
