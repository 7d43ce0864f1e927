// Inflater: all that lies between the stored bytes of an object and its original ones: which codec, the decoder, the
// limits. Pure: the stage `decompress` moves the blocks.
//
// Memory   one decoder (at most decoder_memory_bytes), kept for the next object of the same codec.
// Errors   corrupt, with the compressed byte: what decoders say (decoder.hpp), BOMB above the size limits, SIZE when
//          the stored bytes are not as many as were listed, NOT_COMPRESSED when mode `always` meets plain bytes.
#pragma once

#include "stages/codec/decoder.hpp"
#include "stages/codec/detect.hpp"
#include "stages/records.hpp"

#include <optional>

namespace af {

enum class DecompressMode {
    automatic,  // what is compressed
    always,     // anything else is corrupt
    never,      // bytes are passed on as stored
};

struct InflateLimits {
    DecompressMode mode = DecompressMode::automatic;
    std::size_t decoder_memory_bytes = std::size_t{128} << 20;
    // An object may grow to the larger of max_inflated_bytes and max_ratio times its stored size.
    std::uint64_t max_inflated_bytes = std::uint64_t{1} << 30;
    std::uint64_t max_ratio = 200;
    bool check_size = true;  // stored bytes must be as many as ObjectRef::size says, when it says
};

class Inflater {
public:
    enum class State { needs_input, full, ended };

    explicit Inflater(InflateLimits limits) : limits_(limits) {}

    // `known`: its codec, where that is not to be told by its bytes.
    void begin(const ObjectRef& object, std::optional<Codec> known = std::nullopt);
    void feed(Block stored);  // when fill() needs input
    void feed_end();          // nothing follows
    // Decodes to the end of `out` until that is full, input runs out or the object has ended.
    Result<State> fill(Block& out);

    std::uint64_t bytes_stored() const noexcept { return stored_; }      // fed
    std::uint64_t bytes_inflated() const noexcept { return inflated_; }  // yielded
    const std::string& warning() const noexcept { return warning_; }     // known once fill() has yielded bytes or ended

private:
    Result<void> choose();
    Result<void> check_inflated() const;
    Result<void> check_stored() const;

    const InflateLimits limits_;
    std::string name_;
    std::optional<Codec> known_;
    std::uint64_t listed_ = kUnknownSize;
    std::uint64_t stored_ = 0;
    std::uint64_t taken_ = 0;  // of the stored bytes, by the decoder
    std::uint64_t inflated_ = 0;
    bool last_ = false;
    bool chosen_ = false;
    std::string warning_;
    std::string head_;  // the first bytes, while they are too few to tell the codec by
    Block block_;
    std::string_view in_;  // what is left of head_ or block_
    Codec codec_ = Codec::plain;
    std::unique_ptr<Decoder> decoder_;
};

}  // namespace af
