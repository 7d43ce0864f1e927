// The grammar of JSON over masks of 64 bytes, without looking at tokens one by one: what may follow what, and what a number
// is. Part of stages/json_sweep, which looks at brackets, escapes and words.
//
// How      a token's successor is the first byte behind it that is no space. Adding the bit behind the token to the mask of
//          the spaces carries it there: all successors of a kind of token cost one addition. What is carried from one window
//          to the next is little, so the processor works on several at once.
// Complete every token but the first is the successor of one other, so that it is enough to check what successors are.
//          Objects are told from arrays by counting: a colon follows only a string that follows "{" or a comma, so in an
//          object, where each comma and the "{" must have theirs, there is one colon more than commas; in an array none.
#pragma once

#include "stages/json_masks.hpp"

namespace af {

// Moves masks up by some bits, and lets in what fell off the window before.
template <unsigned kBits>
class MaskShift {
public:
    AF_INLINE std::uint64_t operator()(std::uint64_t mask) {
        const std::uint64_t moved = mask << kBits | before_ >> (64 - kBits);
        before_ = mask;
        return moved;
    }

private:
    std::uint64_t before_ = 0;
};

// Adds masks, and the carry of the window before.
class MaskSum {
public:
    AF_INLINE std::uint64_t operator()(std::uint64_t one, std::uint64_t other) {
        std::uint64_t sum = 0;
        const bool first = __builtin_add_overflow(one, other, &sum);
        const bool second = __builtin_add_overflow(sum, carry_, &sum);
        carry_ = first || second;
        return sum;
    }
    AF_INLINE bool carry() const { return carry_ != 0; }

private:
    std::uint64_t carry_ = 0;
};

// From tokens to their successors.
class Successors {
public:
    // `ends`: last bytes of tokens.
    AF_INLINE std::uint64_t operator()(std::uint64_t ends, std::uint64_t spaces) { return behind(shift_(ends), spaces); }
    // The same, of the bytes behind tokens.
    AF_INLINE std::uint64_t behind(std::uint64_t begin, std::uint64_t spaces) { return sum_(begin, spaces) & ~spaces; }

private:
    MaskShift<1> shift_;
    MaskSum sum_;
};

class JsonStrings {
public:
    // From masks of quotes and backslashes to the bytes of strings, each from its opening quote to before its closing one.
    // `quote` loses those that are escaped; `starts` are the backslashes that begin an escape.
    AF_INLINE std::uint64_t inside(std::uint64_t& quote, std::uint64_t backslash, std::uint64_t& starts) {
        const std::uint64_t escaped = escaped_by(backslash);
        quote &= ~escaped;
        starts = backslash & ~escaped;
        std::uint64_t mask = quote;
        for (unsigned by = 1; by < 64; by *= 2) mask ^= mask << by;
        mask ^= open_;
        open_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(mask) >> 63);
        return mask;
    }
    AF_INLINE bool is_open() const { return open_ != 0; }

private:
    // In a run of backslashes every second one is escaped, and what follows a run of odd length.
    AF_INLINE std::uint64_t escaped_by(std::uint64_t backslash) {
        if (backslash == 0) {
            const std::uint64_t first = escapes_first_;
            escapes_first_ = 0;
            return first;
        }
        constexpr std::uint64_t kEven = 0x5555555555555555;
        backslash &= ~escapes_first_;
        const std::uint64_t behind = backslash << 1 | escapes_first_;
        const std::uint64_t odd_starts = backslash & ~kEven & ~behind;
        std::uint64_t even_starts = 0;
        escapes_first_ = __builtin_add_overflow(odd_starts, backslash, &even_starts);
        return (kEven ^ (even_starts << 1)) & behind;
    }

    std::uint64_t open_ = 0;           // all bits: the window begins inside a string
    std::uint64_t escapes_first_ = 0;  // 1: its first byte is escaped
};

// Numbers: -?int(.digits)?, with at most 18 digits in a row. An exponent is `tail`, and checked by others.
class JsonNumbers {
public:
    struct Found {
        std::uint64_t starts, behind, wrong;
    };
    AF_INLINE Found look(std::uint64_t digit, std::uint64_t zero, std::uint64_t minus, std::uint64_t point,
                         std::uint64_t tail) {
        const std::uint64_t number = digit | minus | point | tail;
        const std::uint64_t behind_number = behind_number_(number);
        const std::uint64_t behind_digit = behind_digit_(digit);
        const std::uint64_t behind_point = behind_point_(point);
        const std::uint64_t behind_minus = behind_minus_(minus);
        const std::uint64_t starts = number & ~behind_number;
        const std::uint64_t first_digits = digit & ~(behind_digit | behind_point);
        const std::uint64_t behind_fraction = fraction_(digit, digit & behind_point) & ~digit;
        const std::uint64_t wrong = (starts & ~(digit | minus)) | (minus & ~starts) | (behind_minus & ~digit) |
                                    (behind_zero_(zero & first_digits) & digit) |           // no 0 before a digit
                                    (point & ~behind_digit) | (behind_point & ~digit) |     // the point, between digits,
                                    (behind_fraction & point) | long_runs(digit, behind_digit);  // one to a number
        return {starts, behind_number & ~number, wrong};
    }

private:
    // Where 19 digits in a row end.
    AF_INLINE std::uint64_t long_runs(std::uint64_t digit, std::uint64_t behind_digit) {
        const std::uint64_t two = digit & behind_digit;
        const std::uint64_t three = two & digit_by_2_(digit);
        const std::uint64_t four = two & two_by_2_(two);
        const std::uint64_t eight = four & four_by_4_(four);
        return eight & eight_by_8_(eight) & three_by_16_(three);
    }

    MaskShift<1> behind_number_, behind_digit_, behind_point_, behind_minus_, behind_zero_;
    MaskShift<2> digit_by_2_, two_by_2_;
    MaskShift<4> four_by_4_;
    MaskShift<8> eight_by_8_;
    MaskShift<16> three_by_16_;
    MaskSum fraction_;
};

// All masks are of bytes outside of strings, but for `inside` and the quotes.
struct JsonTokens {
    std::uint64_t inside, quote, spaces, comma, colon, open, close, brace;
    std::uint64_t number_starts, behind_numbers;
    std::uint64_t words;  // all bytes of true, false and null
};

class JsonOrder {
public:
    struct Found {
        std::uint64_t wrong;
        std::uint64_t empty;  // closing braces directly behind their opening ones
    };
    AF_INLINE Found look(const JsonTokens& of) {
        const std::uint64_t opening = of.quote & of.inside;
        const std::uint64_t closing = of.quote & ~of.inside;
        const std::uint64_t behind_words = behind_words_(of.words);
        const std::uint64_t values = opening | of.number_starts | (of.words & ~behind_words) | of.open;

        const std::uint64_t after_comma = after_comma_(of.comma, of.spaces);
        const std::uint64_t after_colon = after_colon_(of.colon, of.spaces);
        const std::uint64_t after_bracket = after_bracket_(of.open & ~of.brace, of.spaces);
        const std::uint64_t after_brace = after_brace_(of.open & of.brace, of.spaces);

        // A string that is a value for certain: its closing quote is found by a carry through its bytes.
        const std::uint64_t value_strings = opening & (after_colon | after_bracket);
        const std::uint64_t value_closing = string_sum_(of.inside, value_strings) & ~of.inside;
        const std::uint64_t after_key = after_key_(closing & ~value_closing, of.spaces);
        const std::uint64_t value_ends = behind_values_(of.close | (closing & value_closing));
        const std::uint64_t behind_values = value_ends | of.behind_numbers | (behind_words & ~of.words);
        const std::uint64_t after_value = after_value_.behind(behind_values, of.spaces);

        const std::uint64_t close_brace = of.close & of.brace;
        const std::uint64_t wrong = ((after_comma | after_colon) & ~values) |
                                    (after_bracket & ~(values | (of.close & ~of.brace))) |
                                    (after_brace & ~(opening | close_brace)) |
                                    (after_key & ~(of.colon | of.comma | of.close)) | (after_value & ~(of.comma | of.close));
        return {wrong, after_brace & close_brace};
    }

private:
    MaskShift<1> behind_words_, behind_values_;
    Successors after_comma_, after_colon_, after_bracket_, after_brace_, after_key_, after_value_;
    MaskSum string_sum_;
};

}  // namespace af
