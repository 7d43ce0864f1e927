#include "stages/pairs/fold.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <charconv>
#include <cmath>

namespace af {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

template <class Number>
bool parses(std::string_view text, Number& number) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

double real_number(std::string_view value) {
    double number = 0;
    if (!parses(trimmed(value), number) || !std::isfinite(number)) {
        throw Error(ErrorKind::child_output, fmt::format("\"{}\" is not a number", escaped(value.substr(0, 80))))
            .hint("a built-in operation needs numbers as values");
    }
    return number;
}

}  // namespace

FoldStages combinable(FoldOperation reduced) {
    switch (reduced) {
        case FoldOperation::count: return {FoldOperation::count, FoldOperation::sum};
        case FoldOperation::mean: return {FoldOperation::mean_part, FoldOperation::mean_whole};
        default: return {reduced, reduced};
    }
}

void Fold::add_number(std::string_view value) {
    std::int64_t integer = 0;
    if (whole_) {
        std::int64_t sum = 0;
        if (parses(trimmed(value), integer) && !__builtin_add_overflow(sum_, integer, &sum)) {
            sum_ = sum;
            return;
        }
        if (count_ > 0) real_sum_ = static_cast<double>(sum_);
        whole_ = false;
    }
    const double number = real_number(value);
    const double next = real_sum_ + number;
    compensation_ +=
        std::abs(real_sum_) >= std::abs(number) ? (real_sum_ - next) + number : (number - next) + real_sum_;
    real_sum_ = next;
}

void Fold::add(FoldOperation operation, std::string_view value) {
    switch (operation) {
        case FoldOperation::count: break;
        case FoldOperation::sum:
        case FoldOperation::mean:
        case FoldOperation::mean_part: add_number(value); break;
        case FoldOperation::mean_whole: {
            const std::size_t space = value.find(' ');
            std::uint64_t count = 0;
            if (space == std::string_view::npos || !parses(value.substr(space + 1), count)) {
                throw Error(ErrorKind::bug, "a combined mean is not SUM COUNT");
            }
            add_number(value.substr(0, space));
            count_ += count;
            return;
        }
        case FoldOperation::join_parts:
        case FoldOperation::plain_parts:
        case FoldOperation::whole_parts:
            if (joined_) {
                joined_->merge(value);
            } else {
                joined_ = std::make_unique<Aggregate>(Aggregate::of_part(value));
            }
            break;
        case FoldOperation::min:
        case FoldOperation::max: {
            const double number = real_number(value);
            std::int64_t whole = 0;
            std::int64_t best_whole = 0;  // doubles do not tell whole numbers above 2^53 apart
            const bool exact = parses(trimmed(value), whole) && parses(std::string_view(best_text_), best_whole);
            const bool less = exact ? whole < best_whole : number < best_;
            const bool more = exact ? whole > best_whole : number > best_;
            const bool better = operation == FoldOperation::min ? less : more;
            if (count_ == 0 || better) {
                best_ = number;
                best_text_ = trimmed(value);
            }
            break;
        }
    }
    ++count_;
}

std::string Fold::result(FoldOperation operation) const {
    const double real = real_sum_ + compensation_;
    switch (operation) {
        case FoldOperation::count: return fmt::format("{}", count_);
        case FoldOperation::sum: return whole_ ? fmt::format("{}", sum_) : fmt::format("{}", real);
        case FoldOperation::mean_part: return fmt::format("{} {}", result(FoldOperation::sum), count_);
        case FoldOperation::mean_whole:
        case FoldOperation::mean:
            return fmt::format("{}", (whole_ ? static_cast<double>(sum_) : real) / static_cast<double>(count_));
        case FoldOperation::min:
        case FoldOperation::max: return best_text_;
        case FoldOperation::join_parts: return joined_->part();
        case FoldOperation::plain_parts: return joined_->plain_part();
        case FoldOperation::whole_parts: return joined_->result();
    }
    return {};
}

}  // namespace af
