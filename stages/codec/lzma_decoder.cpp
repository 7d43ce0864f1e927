#include "stages/codec/lzma_decoder.hpp"

#include "stages/codec/member_decoder.hpp"

#include <fmt/format.h>
#include <lzma.h>

namespace af {

namespace {

class LzmaDecoder final : public MemberDecoder {
public:
    LzmaDecoder(MemberRules rules, std::size_t memory_bytes)
        : MemberDecoder(rules), alone_(rules.codec == Codec::lzma), memory_bytes_(memory_bytes) {}
    ~LzmaDecoder() override { lzma_end(&stream_); }

private:
    // On a stream in use this keeps its dictionary when the next one asks for the same size.
    void begin_member() override {
        const lzma_ret made = alone_ ? lzma_alone_decoder(&stream_, memory_bytes_)
                                     : lzma_stream_decoder(&stream_, memory_bytes_, LZMA_TELL_UNSUPPORTED_CHECK);
        if (made != LZMA_OK) throw Error(ErrorKind::os, "no memory for an xz decoder");
    }

    MemberStep decode_member(std::string_view in, std::span<char> out) override {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        stream_.avail_in = in.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        stream_.avail_out = out.size();
        const lzma_ret code = lzma_code(&stream_, LZMA_RUN);
        MemberStep step{
            .consumed = in.size() - stream_.avail_in, .produced = out.size() - stream_.avail_out, .why = {}};
        judge(code, step);
        return step;
    }

    void judge(lzma_ret code, MemberStep& step) {
        using Outcome = MemberStep::Outcome;
        switch (code) {
            case LZMA_OK:
            case LZMA_BUF_ERROR: return;  // the latter: no progress, for want of input or room
            case LZMA_STREAM_END: step.outcome = Outcome::ended; return;
            case LZMA_FORMAT_ERROR: step.outcome = Outcome::foreign; return;
            case LZMA_MEM_ERROR: throw Error(ErrorKind::os, "no memory for the dictionary of xz data");
            case LZMA_MEMLIMIT_ERROR:
                step.outcome = Outcome::too_large;
                step.why = fmt::format("its dictionary needs {} bytes of memory, {} are allowed",
                                       lzma_memusage(&stream_), memory_bytes_);
                return;
            case LZMA_OPTIONS_ERROR: step.why = "it uses options that this version cannot read"; break;
            case LZMA_UNSUPPORTED_CHECK: step.why = "its kind of integrity check is not known"; break;
            default: step.why = "its bytes or its integrity check are wrong"; break;
        }
        step.outcome = Outcome::damaged;
    }

    const bool alone_;
    const std::size_t memory_bytes_;
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<Decoder> make_xz_decoder(std::size_t memory_bytes) {
    return std::make_unique<LzmaDecoder>(MemberRules{.codec = Codec::xz, .many = true, .padding = 4}, memory_bytes);
}

std::unique_ptr<Decoder> make_lzma_decoder(std::size_t memory_bytes) {
    return std::make_unique<LzmaDecoder>(MemberRules{.codec = Codec::lzma, .many = false, .padding = 0}, memory_bytes);
}

}  // namespace af
