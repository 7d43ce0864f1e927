#include "stages/builtin/sightings.hpp"

#include "engine/error.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::size_t kShownBytes = 80;

std::string_view word_of(ValueTest::Test test) {
    using Test = ValueTest::Test;
    switch (test) {
        case Test::equal: return "==";
        case Test::unequal: return "!=";
        case Test::less: return "<";
        case Test::less_equal: return "<=";
        case Test::greater: return ">";
        case Test::greater_equal: return ">=";
        case Test::exists: return "exists";
        case Test::missing: return "exists: false";
        case Test::in: return "in";
        case Test::prefix: return "prefix";
        case Test::regex: return "regex";
    }
    return "";
}

std::string shown(std::string text) {
    if (text.size() <= kShownBytes) return escaped(text);
    return escaped(text.substr(0, kShownBytes)) + "...";
}

}  // namespace

std::string path_text(const ValuePath& path) { return "path " + shown(path.text); }

std::string condition_text(const ValueTest& condition) {
    std::string operands;
    for (const Literal& literal : condition.values) {
        if (!operands.empty()) operands += ", ";
        operands += literal.text;
    }
    if (condition.test == ValueTest::Test::in) operands = "[" + operands + "]";
    std::string text = fmt::format("{} {}", condition.path.text, word_of(condition.test));
    if (!operands.empty()) text += " " + operands;
    return "condition " + shown(std::move(text));
}

void Sightings::add(const std::vector<Sighting>& of_one_worker) {
    const std::lock_guard lock(mutex_);
    for (const Sighting& one : of_one_worker) {
        const auto known =
            std::find_if(all_.begin(), all_.end(), [&](const Sighting& other) { return other.what == one.what; });
        if (known == all_.end()) {
            all_.push_back(one);
            continue;
        }
        known->looked += one.looked;
        known->found |= one.found;
    }
}

std::string Sightings::never_found() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const Sighting& one : all_) {
        if (one.looked == 0 || one.found) continue;
        text += fmt::format("{}{} (in {})", text.empty() ? "" : ", ", one.what, plural(one.looked, "record"));
    }
    return text;
}

}  // namespace af
