#include "stages/filter/filter.hpp"

#include "stages/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

namespace af {
namespace {

template <class... F>
struct Overload : F... {
    using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

bool keeps(const Condition& condition, std::string_view value) {
    return std::visit(
        Overload{
            [&](const OneOf& c) { return std::binary_search(c.values.begin(), c.values.end(), value, std::less<>()); },
            [&](const Between& c) { return !(c.min && value < *c.min) && !(c.max && value > *c.max); },
            [&](const Through& c) { return value <= c.prefix || value.starts_with(c.prefix); },
            [&](const Matching& c) { return c.pattern.matches(value); },
            [&](const Not& c) { return !c.rule->matches(value); },
        },
        condition);
}

std::string described(const OneOf& one_of) {
    constexpr std::size_t kShown = 8;
    if (one_of.values.empty()) return "nothing (an empty list)";
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(kShown, one_of.values.size()); ++i)
        shown.push_back(in_quotes(one_of.values[i]));
    const std::string list = fmt::format("{}", fmt::join(shown, ", "));
    if (one_of.values.size() == 1) return list;
    if (one_of.values.size() <= kShown) return "one of " + list;
    return fmt::format("one of {} and {} more", list, one_of.values.size() - kShown);
}

std::string described(const Between& between) {
    if (between.min && between.max)
        return fmt::format("from {} to {}", in_quotes(*between.min), in_quotes(*between.max));
    return between.min ? "from " + in_quotes(*between.min) : "up to " + in_quotes(*between.max);
}

std::string described(const Condition& condition) {
    return std::visit(
        Overload{
            [](const Through& c) { return fmt::format("through {} and what begins with it", in_quotes(c.prefix)); },
            [](const Matching& c) { return c.described; },
            [](const Not& c) { return fmt::format("not ({})", c.rule->describe()); },
            [](const auto& c) { return described(c); },
        },
        condition);
}

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
           c == '.';
}

}  // namespace

std::string sanitised(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (is_plain(c)) out.push_back(c);
        else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) out.push_back('_');  // not inside a UTF-8 character
    }
    return out;
}

bool Rule::matches(std::string_view value) const {
    return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& c) { return keeps(c, value); });
}

std::string Rule::describe() const {
    if (conditions_.empty()) return "anything";
    std::vector<std::string> parts;
    for (const Condition& condition : conditions_) parts.push_back(described(condition));
    return fmt::format("{}", fmt::join(parts, ", and "));
}

}  // namespace af
