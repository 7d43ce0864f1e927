#include "stages/pairs/small_value.hpp"

#include "stages/builtin/whole_part.hpp"

#include <charconv>

namespace af {
namespace {

using Kind = SmallValue::Kind;

std::optional<std::int64_t> whole_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Written in no other way: not 007, not -0.
std::optional<std::int64_t> plain_whole_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative ? 1 : 0);
    if (digits.starts_with('0') && (digits.size() > 1 || negative)) return std::nullopt;
    return whole_of(text);
}

std::optional<SmallValue> with(std::optional<std::int64_t> number, Kind kind = Kind::number) {
    if (!number) return std::nullopt;
    return SmallValue{.number = *number, .kind = kind};
}

std::optional<SmallValue> small_part(std::string_view value) {
    if (value.starts_with(kCountPart)) {
        const auto count = with(plain_whole_of(value.substr(kCountPart.size())), Kind::count_part);
        return count && count->number >= 0 ? count : std::nullopt;
    }
    if (value.starts_with(kSumPart)) return with(plain_whole_of(value.substr(kSumPart.size())), Kind::sum_part);
    return std::nullopt;
}

}  // namespace

std::optional<SmallValue> small_value(FoldOperation operation, std::string_view value) {
    switch (operation) {
        case FoldOperation::count: return SmallValue{.number = 1};
        case FoldOperation::sum_part:
        case FoldOperation::mean_part: return with(whole_of(value));
        case FoldOperation::min:
        case FoldOperation::max: return with(plain_whole_of(value));
        case FoldOperation::join_parts: return small_part(value);
        default: return std::nullopt;
    }
}

bool add_small(FoldOperation operation, SmallValue& to, const SmallValue& value) {
    if (to.kind != value.kind) return false;
    if (operation == FoldOperation::min || operation == FoldOperation::max) {
        const bool better = operation == FoldOperation::min ? value.number < to.number : value.number > to.number;
        if (better) to.number = value.number;
        return true;
    }
    std::uint32_t count = 1;
    if (operation == FoldOperation::mean_part && __builtin_add_overflow(to.count, value.count, &count)) return false;
    std::int64_t sum = 0;
    if (__builtin_add_overflow(to.number, value.number, &sum)) return false;
    to.number = sum;
    to.count = count;
    return true;
}

void append_part(FoldOperation operation, const SmallValue& value, std::string& to) {
    if (value.kind == Kind::count_part) to += kCountPart;
    if (value.kind == Kind::sum_part) to += kSumPart;
    append_whole(value.number, to);
    if (operation != FoldOperation::mean_part) return;
    to += ' ';
    append_whole(value.count, to);
}

std::optional<std::string_view> result_of_one(FoldOperation operation, std::string_view value) {
    switch (operation) {
        case FoldOperation::sum_join:
        case FoldOperation::mean_join:
        case FoldOperation::join_parts: return value;
        case FoldOperation::sum:
        case FoldOperation::sum_whole:
        case FoldOperation::min:
        case FoldOperation::max: return plain_whole_of(value) ? std::optional(value) : std::nullopt;
        case FoldOperation::whole_parts: {
            const auto small = small_part(value);
            if (!small) return std::nullopt;
            return value.substr((small->kind == Kind::count_part ? kCountPart : kSumPart).size());
        }
        default: return std::nullopt;
    }
}

Fold fold_of(const FoldStages& stages, const SmallValue& value) {
    Fold fold;
    std::string part;
    append_part(stages.combine, value, part);
    fold.add(stages.join, part);
    return fold;
}

}  // namespace af
