#include "stages/codec/plain_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace af {

namespace {

class PlainDecoder final : public Decoder {
public:
    void reset() override {}

    Result<Step> decode(std::string_view in, bool last, std::span<char> out) override {
        const std::size_t bytes = std::min(in.size(), out.size());
        if (bytes > 0) std::memcpy(out.data(), in.data(), bytes);
        return Step{.consumed = bytes, .produced = bytes, .ended = last && bytes == in.size()};
    }
};

}  // namespace

std::unique_ptr<Decoder> make_plain_decoder() { return std::make_unique<PlainDecoder>(); }

}  // namespace af
