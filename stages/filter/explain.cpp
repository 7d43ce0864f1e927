#include "stages/filter/explain.hpp"

#include "stages/near.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

namespace af {
namespace {

using Values = std::map<std::string, std::uint64_t, std::less<>>;

std::string some_of(const Values& values) {
    constexpr std::size_t kShown = 6;
    if (values.empty()) return "nothing";
    if (values.size() > kShown) {
        return fmt::format("{} values from {} to {}", values.size(), in_quotes(values.begin()->first),
                           in_quotes(values.rbegin()->first));
    }
    std::vector<std::string> shown;
    for (const auto& [value, objects] : values) shown.push_back(in_quotes(value));
    return fmt::format("{}", fmt::join(shown, ", "));
}

// Seen values that look like one the rule names.
std::vector<std::string> near_values(const Rule& rule, const Values& seen) {
    constexpr std::size_t kMost = 3;
    constexpr std::size_t kWantedTried = 20;
    std::vector<std::string> candidates;
    for (const auto& [value, objects] : seen) candidates.push_back(value);
    std::vector<std::string> out;
    for (const Condition& condition : rule.conditions()) {
        const auto* one_of = std::get_if<OneOf>(&condition);
        if (!one_of) continue;
        for (std::size_t i = 0; i < std::min(kWantedTried, one_of->values.size()); ++i) {
            for (std::string& near : near_words(one_of->values[i], candidates, kMost)) {
                if (std::find(out.begin(), out.end(), near) == out.end() && out.size() < kMost)
                    out.push_back(std::move(near));
            }
        }
    }
    return out;
}

std::string line_of(const LevelExplanation& level) {
    std::string line = fmt::format("{:<17} {}", level.name, level.allows);
    if (level.reached == 0) return line + "\n";
    line += fmt::format("\n{:<17}   {} of {} values allowed, {} of {} names passed\n", "", level.values_allowed,
                        level.values_seen, level.passed, level.reached);
    if (level.values_allowed < level.values_seen) line += fmt::format("{:<17}   seen: {}\n", "", level.seen);
    if (!level.near.empty()) line += fmt::format("{:<17}   near: {}\n", "", fmt::join(level.near, ", "));
    return line;
}

}  // namespace

Explanation explain(const Filter& filter, const FilterTally& tally) {
    Explanation out;
    for (std::size_t i = 0; i < kLevels; ++i) {
        const FilterTally::Level& seen = tally.level(i);
        const Rule& rule = filter.level(i);
        LevelExplanation level;
        level.name = kLevelNames[i];
        level.allows = rule.describe();
        level.values_seen = seen.values.size();
        level.values_allowed = static_cast<std::size_t>(std::count_if(
            seen.values.begin(), seen.values.end(), [&](const auto& value) { return rule.matches(value.first); }));
        level.reached = seen.reached;
        level.passed = seen.passed;
        level.seen = some_of(seen.values);
        if (level.values_allowed == 0) level.near = near_values(rule, seen.values);
        out.levels.push_back(std::move(level));
    }
    out.warnings = filter.warnings();
    out.objects = tally.objects();
    out.kept = tally.kept();
    out.misfits = tally.misfits();
    out.misfit_examples = tally.misfit_examples();
    return out;
}

std::string to_text(const Explanation& explanation) {
    std::string text;
    for (const LevelExplanation& level : explanation.levels) text += line_of(level);
    for (const FilterWarning& warning : explanation.warnings)
        text += fmt::format("warning: {} {}\n", escaped(warning.path), warning.text);
    if (explanation.objects > 0)
        text += fmt::format("{} of {} objects looked at match\n", explanation.kept, explanation.objects);
    if (explanation.misfits > 0) {
        text += fmt::format("{} names do not fit the layout (four directories, then build.date), e.g. {}\n",
                            explanation.misfits, in_quotes(explanation.misfit_examples.front()));
    }
    return text;
}

std::optional<std::string> where_all_was_lost(const Explanation& explanation) {
    for (const LevelExplanation& level : explanation.levels) {
        if (level.reached == 0 || level.passed > 0) continue;
        std::string sentence = fmt::format("{} allows {}, but {} was seen", level.name, level.allows, level.seen);
        if (!level.near.empty()) sentence += fmt::format(" (did you mean {}?)", in_quotes(level.near.front()));
        return sentence;
    }
    return std::nullopt;
}

}  // namespace af
