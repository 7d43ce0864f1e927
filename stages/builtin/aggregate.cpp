#include "stages/builtin/aggregate.hpp"

#include "engine/error.hpp"
#include "stages/job/job.hpp"
#include "stages/job/words.hpp"

#include <charconv>
#include <fmt/format.h>

namespace af {
namespace {

template <class N>
N whole_of(std::string_view text) {
    N value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw Error(ErrorKind::child_output, fmt::format("\"{}\" is no count", escaped(text.substr(0, 80))));
    }
    return value;
}

// The text up to the first space, which is taken off with it.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

BuiltinOperation operation_of(std::string_view word, std::string_view part) {
    for (const auto& [name, operation] : kOperationWords) {
        if (name == word) return operation;
    }
    throw Error(ErrorKind::child_output,
                fmt::format("\"{}\" is no part of a built-in operation", escaped(part.substr(0, 80))));
}

}  // namespace

Aggregate::State Aggregate::state_of(BuiltinOperation operation) {
    switch (operation) {
        case BuiltinOperation::count: return std::uint64_t{0};
        case BuiltinOperation::sum: return ExactSum();
        case BuiltinOperation::min:
        case BuiltinOperation::max: return Extreme();
        case BuiltinOperation::mean: return Mean();
        case BuiltinOperation::unique: return HyperLogLog();
        case BuiltinOperation::histogram: return std::make_unique<Histogram>();
        case BuiltinOperation::top_k: return std::make_unique<TopCounts>();
    }
    return {};
}

Aggregate::Aggregate(BuiltinOperation operation, std::uint32_t most)
    : operation_(operation), most_(most), state_(state_of(operation)) {}

Aggregate Aggregate::of_part(std::string_view part) {
    std::string_view rest = part;
    Aggregate made(operation_of(take_word(rest), part));
    made.merge(part);
    return made;
}

void Aggregate::add_one() { ++std::get<std::uint64_t>(state_); }

void Aggregate::add(const Number& number) {
    if (auto* sum = std::get_if<ExactSum>(&state_)) {
        sum->add(number);
    } else if (auto* mean = std::get_if<Mean>(&state_)) {
        mean->sum.add(number);
        ++mean->count;
    } else {
        take_extreme(number);
    }
}

void Aggregate::take_extreme(const Number& number) {
    auto& extreme = std::get<Extreme>(state_);
    const int order = extreme.is_set ? compare(number, extreme.best) : 0;
    const bool better = operation_ == BuiltinOperation::min ? order < 0 : order > 0;
    if (extreme.is_set && !better) return;
    extreme = {true, number};
}

void Aggregate::add_text(std::string_view text) {
    if (auto* unique = std::get_if<HyperLogLog>(&state_)) {
        unique->add(text);
    } else {
        std::get<std::unique_ptr<TopCounts>>(state_)->add(text);
    }
}

bool Aggregate::add_histogram(std::string_view json) { return std::get<std::unique_ptr<Histogram>>(state_)->add(json); }

void Aggregate::merge(std::string_view part) {
    std::string_view rest = part;
    const BuiltinOperation operation = operation_of(take_word(rest), part);
    if (operation != operation_) {
        throw Error(ErrorKind::child_output,
                    fmt::format("one key has a {} and a {}", word_of(operation_), word_of(operation)))
            .hint("give the keys of outputs with different operations a text of their own, such as {text: uptime}");
    }
    switch (operation) {
        case BuiltinOperation::count: std::get<std::uint64_t>(state_) += whole_of<std::uint64_t>(rest); break;
        case BuiltinOperation::sum: std::get<ExactSum>(state_).add(rest); break;
        case BuiltinOperation::min:
        case BuiltinOperation::max: {
            const auto number = read_number(rest);
            if (!number)
                throw Error(ErrorKind::child_output,
                            fmt::format("\"{}\" is not a number", escaped(rest.substr(0, 80))));
            take_extreme(*number);
            break;
        }
        case BuiltinOperation::mean: {
            auto& mean = std::get<Mean>(state_);
            mean.count += whole_of<std::uint64_t>(take_word(rest));
            mean.sum.add(rest);
            break;
        }
        case BuiltinOperation::unique: std::get<HyperLogLog>(state_).merge(rest); break;
        case BuiltinOperation::histogram: std::get<std::unique_ptr<Histogram>>(state_)->merge(rest); break;
        case BuiltinOperation::top_k:
            most_ = whole_of<std::uint32_t>(take_word(rest));
            std::get<std::unique_ptr<TopCounts>>(state_)->merge(rest);
            break;
    }
}

std::string Aggregate::part() const { return fmt::format("{} {}", word_of(operation_), text(true)); }

std::string Aggregate::plain_part() const { return text(false); }

std::string Aggregate::text(bool exact) const {
    const auto sum_text = [exact](const ExactSum& sum) { return exact ? sum.to_text() : to_text(sum.result()); };
    switch (operation_) {
        case BuiltinOperation::count: return fmt::format("{}", std::get<std::uint64_t>(state_));
        case BuiltinOperation::sum: return sum_text(std::get<ExactSum>(state_));
        case BuiltinOperation::min:
        case BuiltinOperation::max: return to_text(std::get<Extreme>(state_).best);
        case BuiltinOperation::mean: {
            const auto& mean = std::get<Mean>(state_);
            return fmt::format("{} {}", mean.count, sum_text(mean.sum));
        }
        case BuiltinOperation::unique: return std::get<HyperLogLog>(state_).to_text();
        case BuiltinOperation::histogram: return std::get<std::unique_ptr<Histogram>>(state_)->to_text();
        case BuiltinOperation::top_k:
            return fmt::format("{} {}", most_, std::get<std::unique_ptr<TopCounts>>(state_)->to_text());
    }
    return {};
}

std::string Aggregate::result() const {
    switch (operation_) {
        case BuiltinOperation::sum: return to_text(std::get<ExactSum>(state_).result());
        case BuiltinOperation::mean: {
            const auto& mean = std::get<Mean>(state_);
            return to_text(mean.sum.mean(mean.count));
        }
        case BuiltinOperation::unique: return fmt::format("{}", std::get<HyperLogLog>(state_).estimate());
        case BuiltinOperation::histogram: return std::get<std::unique_ptr<Histogram>>(state_)->result();
        case BuiltinOperation::top_k: return std::get<std::unique_ptr<TopCounts>>(state_)->result(most_);
        default: return text(false);
    }
}

std::size_t Aggregate::extra_bytes() const noexcept {
    if (const auto* sum = std::get_if<ExactSum>(&state_)) return sum->extra_bytes();
    if (const auto* mean = std::get_if<Mean>(&state_)) return mean->sum.extra_bytes();
    if (const auto* unique = std::get_if<HyperLogLog>(&state_)) return unique->extra_bytes();
    if (const auto* histogram = std::get_if<std::unique_ptr<Histogram>>(&state_)) return (*histogram)->extra_bytes();
    if (const auto* counts = std::get_if<std::unique_ptr<TopCounts>>(&state_)) return (*counts)->extra_bytes();
    return 0;
}

}  // namespace af
