#include "stages/pairs/fold.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <charconv>
#include <cmath>

namespace af {
namespace {

constexpr double kLargest = 0x1p960;  // so that no sum leaves the doubles

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

template <class N>
bool parses(std::string_view text, N& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

[[noreturn]] void refuse(std::string_view value, const char* why) {
    throw Error(ErrorKind::child_output, fmt::format("\"{}\" {}", escaped(value.substr(0, 80)), why))
        .hint("a built-in operation needs numbers: a line of map output is a key, a TAB or a space, and the value");
}

// As people write numbers, which is more than JSON allows: +5, 007, .5.
Number number_of(std::string_view value) {
    std::string_view text = trimmed(value);
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t small = 0;
    if (parses(text, small)) return Number{.whole = small};
    constexpr Int128 kMostWhole = Int128{1} << 64;
    if (const auto whole = read_whole(text); whole && *whole <= kMostWhole && *whole >= -kMostWhole) {
        return Number{.whole = *whole};
    }
    double real = 0;
    if (!parses(text, real) || !std::isfinite(real)) refuse(value, "is not a number");
    if (std::abs(real) > kLargest) refuse(value, "is beyond 2^960");
    return Number::of(real);
}

bool comes_first(std::string_view a, std::string_view b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

}  // namespace

FoldStages in_parts(FoldOperation whole) {
    using enum FoldOperation;
    switch (whole) {
        case sum: return {sum_part, sum_join, sum_whole};
        case count: return {count, sum_join, sum_whole};
        case mean: return {mean_part, mean_join, mean_whole};
        case whole_parts: return {join_parts, join_parts, whole_parts};
        default: return {whole, whole, whole};
    }
}

void Fold::add_mean_part(std::string_view part) {
    const std::size_t space = part.find(' ');
    std::uint64_t count = 0;
    if (space == part.npos || !parses(part.substr(space + 1), count)) {
        throw Error(ErrorKind::child_output, fmt::format("\"{}\" is no part of a mean", escaped(part.substr(0, 80))));
    }
    sum_.add(part.substr(0, space));
    count_ += count;
}

void Fold::take_extreme(std::string_view value, int wanted) {
    const Number number = number_of(value);
    const std::string_view text = trimmed(value);
    if (count_ > 0) {
        const int order = compare(number, best_);
        if (order != wanted && (order != 0 || !comes_first(text, best_text_))) return;
    }
    best_ = number;
    best_text_ = text;
}

void Fold::add(FoldOperation operation, std::string_view value) {
    switch (operation) {
        case FoldOperation::count: break;
        case FoldOperation::sum:
        case FoldOperation::mean:
        case FoldOperation::sum_part:
        case FoldOperation::mean_part: sum_.add(number_of(value)); break;
        case FoldOperation::sum_join:
        case FoldOperation::sum_whole: sum_.add(value); break;
        case FoldOperation::mean_join:
        case FoldOperation::mean_whole: add_mean_part(value); return;
        case FoldOperation::min: take_extreme(value, -1); break;
        case FoldOperation::max: take_extreme(value, 1); break;
        case FoldOperation::join_parts:
        case FoldOperation::plain_parts:
        case FoldOperation::whole_parts:
            if (joined_) {
                joined_->merge(value);
            } else {
                joined_ = std::make_unique<Aggregate>(Aggregate::of_part(value));
            }
            break;
    }
    ++count_;
}

std::string Fold::result(FoldOperation operation) const {
    switch (operation) {
        case FoldOperation::count: return fmt::format("{}", count_);
        case FoldOperation::sum:
        case FoldOperation::sum_whole: return to_text(sum_.result());
        case FoldOperation::sum_part:
        case FoldOperation::sum_join: return sum_.to_text();
        case FoldOperation::mean_part:
        case FoldOperation::mean_join: return fmt::format("{} {}", sum_.to_text(), count_);
        case FoldOperation::mean:
        case FoldOperation::mean_whole: return to_text(sum_.mean(count_));
        case FoldOperation::min:
        case FoldOperation::max: return best_text_;
        case FoldOperation::join_parts: return joined_->part();
        case FoldOperation::plain_parts: return joined_->plain_part();
        case FoldOperation::whole_parts: return joined_->result();
    }
    return {};
}

}  // namespace af
