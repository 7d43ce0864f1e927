#include "stages/codec/inflater.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {

void Inflater::begin(const ObjectRef& object, std::optional<Codec> known) {
    known_ = known;
    name_ = object.name;
    listed_ = object.size;
    stored_ = taken_ = inflated_ = 0;
    last_ = chosen_ = false;
    warning_.clear();
    head_.clear();
    block_ = Block();
    in_ = {};
}

void Inflater::feed(Block stored) {
    stored_ += stored.size();
    if (!chosen_ && (!head_.empty() || stored.size() < kDetectBytes)) {
        head_.append(stored.view());
        in_ = head_;
        return;
    }
    block_ = std::move(stored);
    in_ = block_.view();
}

void Inflater::feed_end() { last_ = true; }

Result<void> Inflater::choose() {
    Detected detected;
    if (known_) detected.codec = *known_;
    else if (limits_.mode != DecompressMode::never) detected = detect_codec(in_, name_);
    if (!known_ && limits_.mode == DecompressMode::always && detected.codec == Codec::plain) {
        return Failure(
            Error(ErrorKind::corrupt, "NOT_COMPRESSED at compressed byte 0: its bytes are in no known format"));
    }
    if (!decoder_ || codec_ != detected.codec) {
        decoder_.reset();  // before the next one takes memory
        decoder_ = make_decoder(detected.codec, limits_.decoder_memory_bytes);
        codec_ = detected.codec;
    }
    decoder_->reset();
    warning_ = std::move(detected.warning);
    chosen_ = true;
    return {};
}

Result<void> Inflater::check_inflated() const {
    if (codec_ == Codec::plain) return {};
    const std::uint64_t stored = listed_ == kUnknownSize ? taken_ : std::max(listed_, taken_);
    const std::uint64_t most = std::max(limits_.max_inflated_bytes, limits_.max_ratio * stored);
    if (inflated_ <= most) return {};
    return Failure(Error(ErrorKind::corrupt,
                         fmt::format("BOMB at compressed byte {}: it inflates to more than {} bytes", taken_, most))
                       .hint("Raise the limit of the inflated size if the object is meant to be so large."));
}

Result<void> Inflater::check_stored() const {
    if (!limits_.check_size || listed_ == kUnknownSize || listed_ == stored_) return {};
    return Failure(
        Error(ErrorKind::corrupt, fmt::format("SIZE at compressed byte {}: {} bytes were listed", stored_, listed_)));
}

Result<Inflater::State> Inflater::fill(Block& out) {
    if (!chosen_) {
        if (in_.size() < kDetectBytes && !last_) return State::needs_input;
        if (auto chosen = choose(); !chosen) return Failure(std::move(chosen.error()));
    }
    for (;;) {
        if (in_.empty() && !last_) return State::needs_input;
        if (out.room().empty()) return State::full;
        Result<Step> step = decoder_->decode(in_, last_, out.room());
        if (!step) return Failure(std::move(step.error()));
        in_.remove_prefix(step->consumed);
        out.grow(step->produced);
        taken_ += step->consumed;
        inflated_ += step->produced;
        if (auto small = check_inflated(); !small) return Failure(std::move(small.error()));
        if (!step->ended) continue;
        if (auto complete = check_stored(); !complete) return Failure(std::move(complete.error()));
        return State::ended;
    }
}

}  // namespace af
