#include "stages/codec/bzip2_decoder.hpp"

#include "stages/codec/member_decoder.hpp"

#include <bzlib.h>
#include <algorithm>

namespace af {

namespace {

constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // the library counts in 32 bits

class Bzip2Decoder final : public MemberDecoder {
public:
    Bzip2Decoder() : MemberDecoder({.codec = Codec::bzip2, .many = true, .padding = 0}) {}
    ~Bzip2Decoder() override { end(); }

private:
    void end() noexcept {
        if (begun_) BZ2_bzDecompressEnd(&stream_);
        begun_ = false;
    }

    void begin_member() override {
        end();
        stream_ = bz_stream{};
        if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw Error(ErrorKind::os, "no memory for a bzip2 decoder");
        begun_ = true;
    }

    MemberStep decode_member(std::string_view in, std::span<char> out) override {
        const std::size_t given = std::min(in.size(), kMostAtOnce);
        const std::size_t room = std::min(out.size(), kMostAtOnce);
        stream_.next_in = const_cast<char*>(in.data());  // read only
        stream_.avail_in = static_cast<unsigned>(given);
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<unsigned>(room);
        const int code = BZ2_bzDecompress(&stream_);
        MemberStep step{.consumed = given - stream_.avail_in, .produced = room - stream_.avail_out, .why = {}};
        switch (code) {
            case BZ_OK: break;
            case BZ_STREAM_END: step.outcome = MemberStep::Outcome::ended; break;
            case BZ_MEM_ERROR: throw Error(ErrorKind::os, "no memory for a block of bzip2 data");
            case BZ_DATA_ERROR_MAGIC: step.outcome = MemberStep::Outcome::foreign; break;
            default: step.outcome = MemberStep::Outcome::damaged; step.why = "its bytes or its checksum are wrong";
        }
        return step;
    }

    bz_stream stream_{};
    bool begun_ = false;
};

}  // namespace

std::unique_ptr<Decoder> make_bzip2_decoder() { return std::make_unique<Bzip2Decoder>(); }

}  // namespace af
