// What all formats share: an object is a run of members (streams, frames), perhaps with zero padding between and after.
// A format adds how one member is decoded.
#pragma once

#include "stages/codec/decoder.hpp"

#include <cstdint>

namespace af {

struct MemberStep {
    enum class Outcome {
        running,
        ended,      // the member is complete and verified
        foreign,    // its first bytes are not of this format
        damaged,    // `why`
        too_large,  // it asks for more memory than allowed: `why`
    };
    std::size_t consumed = 0;
    std::size_t produced = 0;
    Outcome outcome = Outcome::running;
    std::string why;
};

struct MemberRules {
    Codec codec;
    bool many = true;         // more than one member may follow
    std::size_t padding = 0;  // zero bytes may follow a member, in multiples of this; 0: none may
};

class MemberDecoder : public Decoder {
public:
    void reset() final;
    Result<Step> decode(std::string_view in, bool last, std::span<char> out) final;

protected:
    explicit MemberDecoder(MemberRules rules) : rules_(rules) {}

    virtual void begin_member() = 0;
    // Until `in` is used up, `out` is full or the outcome is not `running`. Takes at least one byte of `in` or yields
    // one when it can.
    virtual MemberStep decode_member(std::string_view in, std::span<char> out) = 0;

private:
    std::size_t padding_in(std::string_view in) const noexcept;
    Failure failure(std::string_view tag, std::uint64_t at, std::string_view why) const;
    Failure failure(const MemberStep& step) const;
    Result<bool> begin_next(std::string_view& in, bool last, Step& total);

    const MemberRules rules_;
    std::uint64_t position_ = 0;  // compressed bytes taken
    std::uint64_t members_ = 0;   // complete ones
    std::uint64_t padded_ = 0;    // zero bytes since the last member
    bool inside_ = false;
};

}  // namespace af
