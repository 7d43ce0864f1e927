// What a sweep over a JSON text (json_kernel.hpp) notes and looks at byte by byte: members, words, exponents, escapes.
#pragma once

#include "stages/json_walk.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

namespace af {

inline constexpr std::uint32_t kJsonWindow = 64;

// Of a mask that has a bit set.
inline unsigned lowest(std::uint64_t mask) { return static_cast<unsigned>(std::countr_zero(mask)); }
inline unsigned highest(std::uint64_t mask) { return 63 - static_cast<unsigned>(std::countl_zero(mask)); }

// Positions are offsets in the text; a mask is of the window that begins at `at`.
class JsonNotes {
public:
    // Fields of the root, and of the object in it that is being read; kept by the caller for the sake of their memory.
    using Fields = std::array<std::vector<JsonField>, 2>;

    JsonNotes(std::string_view text, std::uint32_t base, Fields& fields, std::vector<std::uint32_t>& words);

    std::string_view text() const { return text_; }

    // Whether a control character may stand outside of strings.
    bool is_blank(std::uint32_t position) const;
    // The escape there is valid.
    bool escape(std::uint32_t position);

    // Of bytes of which nothing is known: they must be true, false, null or exponents of numbers, whose bytes are told.
    // To be called for every window while claims_go_on(), since a word may end in the next one.
    bool claim(std::uint64_t unknown, std::uint32_t at, std::uint64_t& words, std::uint64_t& exponents);
    bool claims_go_on() const { return (words_behind_ | exponents_behind_) != 0; }

    // A member begins; the quotes are its key's. `level`: 0 for members of the root, 1 for those of the object in it.
    void key(std::size_t level, std::uint32_t opening, std::uint32_t closing, std::uint32_t colon);
    void end_value(std::size_t level, std::uint32_t end);
    void begin_child() { fields_[1].clear(); }
    // False: it has no key. Keys with escapes keep its members from being noted.
    bool end_child(std::uint32_t end);

    // The word number of the root's fields; 0: not accepted.
    std::uint32_t finish(bool is_beyond_ascii);

private:
    std::size_t word_at(std::uint32_t start) const;
    std::size_t exponent_at(std::uint32_t start) const;
    bool has_backslash(const std::vector<JsonField>& keys_of) const;

    std::string_view text_;
    std::uint32_t base_;
    Fields& fields_;
    std::vector<std::uint32_t>& words_;

    std::uint64_t words_behind_ = 0, exponents_behind_ = 0;  // bytes of the next window that are claimed
    std::uint32_t escaped_until_ = 0;
    bool has_escapes_ = false;
};

}  // namespace af
