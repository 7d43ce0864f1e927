#include "stages/builtin/number.hpp"

#include <fmt/format.h>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace af {
namespace {

constexpr double kLargestWhole = 18446744073709551616.0;  // 2^64
constexpr double kLargest = 0x1p960;

template <class N>
bool parses(std::string_view text, N& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

// from_chars takes "inf", "nan", ".5" and "5." too.
bool has_form_of_json(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
    if (!digit(0) || (text[0] == '0' && digit(1))) return false;
    const std::size_t dot = text.find('.');
    return dot == text.npos || digit(dot + 1);
}

}  // namespace

Number Number::of(double value) {
    Number number;
    if (std::abs(value) <= kLargestWhole && std::trunc(value) == value) {
        number.whole = static_cast<Int128>(value);
    } else {
        number.is_whole = false;
        number.real = value;
    }
    return number;
}

std::optional<Number> read_number(std::string_view text) {
    std::int64_t small = 0;
    const bool may_be_zero = text.starts_with('0') || text.starts_with("-0");  // with more digits it is no JSON
    if (!may_be_zero && parses(text, small)) return Number{.whole = small};
    if (!has_form_of_json(text)) return std::nullopt;
    if (parses(text, small)) return Number{.whole = small};
    constexpr Int128 kMost = Int128{1} << 64;
    if (const auto whole = read_whole(text); whole && *whole <= kMost && *whole >= -kMost)
        return Number{.whole = *whole};
    double real = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
    if (end != text.data() + text.size()) return std::nullopt;
    // Too large or too small, which from_chars does not tell apart.
    if (error == std::errc::result_out_of_range) real = std::strtod(std::string(text).c_str(), nullptr);
    if (!(std::abs(real) <= kLargest)) return std::nullopt;
    return Number::of(real);
}

int compare(const Number& a, const Number& b) {
    if (a.is_whole && b.is_whole) return a.whole < b.whole ? -1 : a.whole > b.whole;
    if (!a.is_whole && !b.is_whole) return a.real < b.real ? -1 : a.real > b.real;
    if (!a.is_whole) return -compare(b, a);
    // b has a fraction, or is larger than every whole one: what is above its floor is above it.
    const double floor = std::floor(b.real);
    if (floor >= kLargestWhole) return -1;
    if (floor < -kLargestWhole) return 1;
    return a.whole <= static_cast<Int128>(floor) ? -1 : 1;
}

std::string to_text(const Number& number) {
    return number.is_whole ? to_text(number.whole) : fmt::format("{}", number.real);
}

std::string to_text(Int128 whole) { return fmt::format("{}", whole); }

std::optional<Int128> read_whole(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.size() > 39) return std::nullopt;
    Int128 value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        if (__builtin_mul_overflow(value, Int128{10}, &value)) return std::nullopt;
        if (__builtin_add_overflow(value, Int128{c - '0'}, &value)) return std::nullopt;
    }
    return negative ? -value : value;
}

}  // namespace af
