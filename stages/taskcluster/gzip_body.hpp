// A body that arrives with Content-Encoding: gzip, as the bytes that were meant.
//
// Errors   corrupt: damaged, cut, or larger than `max_bytes` when decoded; what the inner body throws.
// Memory   one decoder (64 KiB of window) and one block. Decodes on the caller's executor, at about 1 GB/s.
// Threads  as HttpBody; `blocks` outlives it.
#pragma once

#include "engine/http.hpp"
#include "stages/codec/decoder.hpp"

namespace af {

class GzipBody final : public HttpBody {
public:
    GzipBody(std::unique_ptr<HttpBody> inner, BlockPool& blocks, std::uint64_t max_bytes);
    Task<std::optional<Block>> next() override;

private:
    bool decode_into(Block& out);

    std::unique_ptr<HttpBody> inner_;
    BlockPool& blocks_;
    const std::uint64_t max_bytes_;
    std::unique_ptr<Decoder> decoder_;
    Block stored_;
    std::string_view in_;  // what is left of stored_
    std::uint64_t decoded_ = 0;
    bool last_ = false;
    bool ended_ = false;
};

}  // namespace af
