#include "stages/taskcluster/gzip_body.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kDecoderBytes = std::size_t{1} << 20;

}  // namespace

GzipBody::GzipBody(std::unique_ptr<HttpBody> inner, BlockPool& blocks, std::uint64_t max_bytes)
    : inner_(std::move(inner)),
      blocks_(blocks),
      max_bytes_(max_bytes),
      decoder_(make_decoder(Codec::gzip, kDecoderBytes)) {}

// True when `out` is full or everything has come; false when more input is needed.
bool GzipBody::decode_into(Block& out) {
    while (!ended_ && !out.room().empty()) {
        Result<Step> step = decoder_->decode(in_, last_, out.room());
        if (!step) throw std::move(step.error()).during("Content-Encoding gzip");
        in_.remove_prefix(step->consumed);
        out.grow(step->produced);
        decoded_ += step->produced;
        ended_ = step->ended;
        if (decoded_ > max_bytes_)
            throw Error(ErrorKind::corrupt,
                        fmt::format("Content-Encoding gzip: more than {} bytes when decoded", max_bytes_));
        if (!ended_ && !last_ && in_.empty() && step->produced == 0) return false;
    }
    return true;
}

Task<std::optional<Block>> GzipBody::next() {
    Block out = blocks_.take();
    while (!ended_) {
        if (in_.empty() && !last_) {
            std::optional<Block> more = co_await inner_->next();
            last_ = !more;
            stored_ = more ? std::move(*more) : Block();
            in_ = stored_ ? stored_.view() : std::string_view();
        }
        const bool done = decode_into(out);
        if (done || (in_.empty() && out.size() > 0 && !last_)) break;
    }
    if (out.size() == 0) co_return std::nullopt;
    co_return std::move(out);
}

}  // namespace af
