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
        operands += literal.kind == Literal::Kind::string ? fmt::format("'{}'", literal.text) : literal.text;
    }
    if (condition.test == ValueTest::Test::in) operands = "[" + operands + "]";
    if (condition.pattern) operands = condition.pattern->expression();
    std::string text = fmt::format("{} {}", condition.path.text, word_of(condition.test));
    if (!operands.empty()) text += " " + operands;
    return "condition " + shown(std::move(text));
}

void Sightings::add(const std::vector<Sighting>& of_one_worker) {
    const std::lock_guard lock(mutex_);
    if (all_.empty()) {
        all_ = of_one_worker;
        return;
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
        all_[i].records += of_one_worker.at(i).records;
        all_[i].found |= of_one_worker[i].found;
    }
}

std::string Sightings::never_found() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> told;
    for (const Sighting& one : all_) {
        if (one.records == 0 || one.found) continue;
        std::string text = fmt::format("{} (in {})", one.what, plural(one.records, "record"));
        if (std::find(told.begin(), told.end(), text) == told.end()) told.push_back(std::move(text));
    }
    return fmt::format("{}", fmt::join(told, ", "));
}

}  // namespace af
