#include "stages/codec/zstd_decoder.hpp"

#include "stages/codec/member_decoder.hpp"

#include <zstd.h>
#include <zstd_errors.h>
#include <algorithm>
#include <bit>

namespace af {

namespace {

struct FreeContext {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

class ZstdDecoder final : public MemberDecoder {
public:
    explicit ZstdDecoder(std::size_t memory_bytes)
        : MemberDecoder({.codec = Codec::zstd, .many = true, .padding = 0}), context_(ZSTD_createDCtx()) {
        if (!context_) throw Error(ErrorKind::os, "no memory for a zstd decoder");
        const ZSTD_bounds allowed = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
        const int log = static_cast<int>(std::bit_width(memory_bytes)) - 1;
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                               std::clamp(log, allowed.lowerBound, allowed.upperBound));
    }

private:
    void begin_member() override { ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only); }

    MemberStep decode_member(std::string_view in, std::span<char> out) override {
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        MemberStep step;
        // The library may return in the middle of both buffers.
        for (;;) {
            const std::size_t code = ZSTD_decompressStream(context_.get(), &to, &from);
            const bool moved = from.pos > step.consumed || to.pos > step.produced;
            step.consumed = from.pos;
            step.produced = to.pos;
            if (ZSTD_isError(code)) return judge(code, std::move(step));
            if (code == 0) {
                step.outcome = MemberStep::Outcome::ended;
                return step;
            }
            if (!moved || to.pos == to.size || from.pos == from.size) return step;
        }
    }

    static MemberStep judge(std::size_t code, MemberStep step) {
        switch (ZSTD_getErrorCode(code)) {
            case ZSTD_error_memory_allocation: throw Error(ErrorKind::os, "no memory for the window of zstd data");
            case ZSTD_error_prefix_unknown: step.outcome = MemberStep::Outcome::foreign; break;
            case ZSTD_error_frameParameter_windowTooLarge:
                step.outcome = MemberStep::Outcome::too_large;
                step.why = "its window needs more memory than is allowed";
                break;
            default: step.outcome = MemberStep::Outcome::damaged; step.why = ZSTD_getErrorName(code);
        }
        return step;
    }

    std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder(std::size_t memory_bytes) {
    return std::make_unique<ZstdDecoder>(memory_bytes);
}

}  // namespace af
