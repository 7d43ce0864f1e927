#include "stages/codec/member_decoder.hpp"

#include <fmt/format.h>

namespace af {

void MemberDecoder::reset() {
    position_ = members_ = padded_ = 0;
    inside_ = false;
}

std::size_t MemberDecoder::padding_in(std::string_view in) const noexcept {
    if (rules_.padding == 0 || members_ == 0) return 0;
    const std::size_t end = in.find_first_not_of('\0');
    return end == std::string_view::npos ? in.size() : end;
}

Failure MemberDecoder::failure(std::string_view tag, std::uint64_t at, std::string_view why) const {
    return Failure(Error(ErrorKind::corrupt, fmt::format("{} at compressed byte {}: {}", tag, at, why)));
}

Failure MemberDecoder::failure(const MemberStep& step) const {
    const std::uint64_t at = position_ + step.consumed;
    const auto format = codec_name(rules_.codec);
    switch (step.outcome) {
        case MemberStep::Outcome::too_large: return failure("MEMORY_LIMIT", at, step.why);
        case MemberStep::Outcome::foreign:
            if (members_ > 0)
                return failure("TRAILING_GARBAGE", position_,
                               fmt::format("bytes that are not {} follow its end", format));
            return failure("DAMAGED", position_, fmt::format("these are not the first bytes of {} data", format));
        default: return failure("DAMAGED", at, fmt::format("{} data: {}", format, step.why));
    }
}

// Between members: true when one begins with `in`, false when there is nothing left to look at.
Result<bool> MemberDecoder::begin_next(std::string_view& in, bool last, Step& total) {
    const std::size_t zeros = padding_in(in);
    in.remove_prefix(zeros);
    total.consumed += zeros;
    position_ += zeros;
    padded_ += zeros;
    const bool uneven = padded_ > 0 && padded_ % rules_.padding != 0;
    if (in.empty() && !last) return false;
    if (uneven)
        return failure("TRAILING_GARBAGE", position_,
                       fmt::format("padding is no multiple of {} bytes", rules_.padding));
    if (in.empty()) {
        if (members_ == 0) return failure("EMPTY", 0, fmt::format("0 bytes are no {} data", codec_name(rules_.codec)));
        total.ended = true;
        return false;
    }
    if (members_ > 0 && !rules_.many) {
        return failure("TRAILING_GARBAGE", position_,
                       fmt::format("bytes follow the end of {} data", codec_name(rules_.codec)));
    }
    begin_member();
    inside_ = true;
    padded_ = 0;
    return true;
}

Result<Step> MemberDecoder::decode(std::string_view in, bool last, std::span<char> out) {
    Step total;
    for (;;) {
        if (!inside_) {
            Result<bool> begun = begin_next(in, last, total);
            if (!begun) return Failure(std::move(begun.error()));
            if (!*begun) return total;
        }
        MemberStep step = decode_member(in, out);
        if (step.outcome != MemberStep::Outcome::running && step.outcome != MemberStep::Outcome::ended)
            return failure(step);
        in.remove_prefix(step.consumed);
        out = out.subspan(step.produced);
        position_ += step.consumed;
        total.consumed += step.consumed;
        total.produced += step.produced;
        if (step.outcome == MemberStep::Outcome::ended) {
            inside_ = false;
            ++members_;
            continue;
        }
        if (out.empty()) return total;
        if (in.empty() && !last) return total;
        if (in.empty())
            return failure("TRUNCATED", position_,
                           fmt::format("{} data ends before its end mark", codec_name(rules_.codec)));
        if (step.consumed == 0 && step.produced == 0) return failure("DAMAGED", position_, "the decoder cannot go on");
    }
}

}  // namespace af
