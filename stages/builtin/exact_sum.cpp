#include "stages/builtin/exact_sum.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <charconv>
#include <cmath>
#include <utility>

namespace af {
namespace {

using Parts = std::vector<double>;

// Adds without rounding: what does not fit into the last part stays in the ones before it.
void grow(Parts& parts, double value) {
    std::size_t kept = 0;
    for (double part : parts) {
        if (std::abs(value) < std::abs(part)) std::swap(value, part);
        const double high = value + part;
        const double low = part - (high - value);
        if (low != 0) parts[kept++] = low;
        value = high;
    }
    parts.resize(kept);
    if (value != 0) parts.push_back(value);
}

// The nearest double, ties to even.
double rounded(const Parts& parts) {
    if (parts.empty()) return 0;
    std::size_t left = parts.size();
    double high = parts[--left];
    double low = 0;
    while (left > 0) {
        const double before = high;
        const double part = parts[--left];
        high = before + part;
        low = part - (high - before);
        if (low != 0) break;
    }
    // Half way between two doubles as far as `low` tells: the parts behind it decide.
    if (left > 0 && ((low < 0 && parts[left - 1] < 0) || (low > 0 && parts[left - 1] > 0))) {
        const double twice = low * 2;
        const double up = high + twice;
        if (twice == up - high) high = up;
    }
    return high;
}

void grow_whole(Parts& parts, Int128 whole) {
    while (whole != 0) {
        const auto part = static_cast<double>(whole);
        grow(parts, part);
        // The sums lie within 2^126, so that a double rounded away from one still fits.
        whole -= static_cast<Int128>(part);
    }
}

[[noreturn]] void refuse(std::string_view text) {
    throw Error(ErrorKind::child_output, fmt::format("\"{}\" is not part of a sum", escaped(text.substr(0, 80))));
}

}  // namespace

void ExactSum::add(const Number& number) {
    if (number.is_whole) {
        add_whole(number.whole);
    } else {
        add_real(number.real);
    }
}

void ExactSum::add_whole(Int128 whole) {
    constexpr Int128 kMost = Int128{1} << 126;
    Int128 sum = 0;
    if (__builtin_add_overflow(whole_, whole, &sum) || sum > kMost || sum < -kMost) {
        throw Error(ErrorKind::child_output, "a sum is larger than 2^126");
    }
    whole_ = sum;
}

void ExactSum::add_real(double value) { grow(parts_, value); }

void ExactSum::add(std::string_view text) {
    const std::string_view all = text;
    const std::size_t end = std::min(text.find(';'), text.size());
    const auto whole = read_whole(text.substr(0, end));
    if (!whole) refuse(all);
    add_whole(*whole);
    text.remove_prefix(end);
    while (!text.empty()) {
        text.remove_prefix(1);
        double value = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || (stop != text.data() + text.size() && *stop != ';') || !std::isfinite(value))
            refuse(all);
        add_real(value);
        text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    }
}

std::string ExactSum::to_text() const {
    std::string text = af::to_text(whole_);
    // Rounded again and again: what comes out depends on the value alone, which the parts do not.
    Parts rest = parts_;
    while (!rest.empty()) {
        const double next = rounded(rest);
        fmt::format_to(std::back_inserter(text), ";{}", next);
        grow(rest, -next);
    }
    return text;
}

Number ExactSum::result() const {
    if (parts_.empty()) return Number{.whole = whole_};
    Parts all = parts_;
    grow_whole(all, whole_);
    return Number::of(rounded(all));
}

Number ExactSum::mean(std::uint64_t count) const {
    const Number sum = result();
    const double total = sum.is_whole ? static_cast<double>(sum.whole) : sum.real;
    return Number::of(total / static_cast<double>(count));
}

}  // namespace af
