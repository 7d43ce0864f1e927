#include "stages/codec/gzip_decoder.hpp"

#include "stages/codec/member_decoder.hpp"

#include <isa-l/igzip_lib.h>
#include <algorithm>

namespace af {

namespace {

constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // the library counts in 32 bits

std::string_view reason(int code) {
    switch (code) {
        case ISAL_UNSUPPORTED_METHOD: return "its compression method is not deflate";
        case ISAL_INCORRECT_CHECKSUM: return "its checksum or length is wrong";
        case ISAL_INVALID_LOOKBACK: return "it refers to bytes before its start";
        default: return "its bytes are wrong";
    }
}

class GzipDecoder final : public MemberDecoder {
public:
    GzipDecoder() : MemberDecoder({.codec = Codec::gzip, .many = true, .padding = 1}) { isal_inflate_init(&state_); }

private:
    void begin_member() override {
        isal_inflate_reset(&state_);
        state_.crc_flag = ISAL_GZIP;
    }

    MemberStep decode_member(std::string_view in, std::span<char> out) override {
        const std::size_t given = std::min(in.size(), kMostAtOnce);
        const std::size_t room = std::min(out.size(), kMostAtOnce);
        state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(in.data()));  // read only
        state_.avail_in = static_cast<std::uint32_t>(given);
        state_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        state_.avail_out = static_cast<std::uint32_t>(room);
        const int code = isal_inflate(&state_);
        MemberStep step{.consumed = given - state_.avail_in, .produced = room - state_.avail_out, .why = {}};
        if (code == ISAL_INVALID_WRAPPER) {
            step.outcome = MemberStep::Outcome::foreign;
        } else if (code != ISAL_DECOMP_OK) {
            step.outcome = MemberStep::Outcome::damaged;
            step.why = reason(code);
        } else if (state_.block_state == ISAL_BLOCK_FINISH) {
            step.outcome = MemberStep::Outcome::ended;
        }
        return step;
    }

    inflate_state state_{};
};

}  // namespace

std::unique_ptr<Decoder> make_gzip_decoder() { return std::make_unique<GzipDecoder>(); }

}  // namespace af
