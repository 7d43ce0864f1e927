// Which values of the six dimensions of a telemetry object are wanted.
//
// Compat   matching is positional and as in telemetry_schema.py of 2014: "*", membership of a list whose items were
//          sanitised, a range {min, max} in plain byte order with both ends in, equality with any other string.
// More     objects take `through` (a max that takes in every longer value it is a prefix of), `not`, `glob`, `regex`
//          and `days`; all the keys of one object have to hold.
// Source   features.md 1b; https://github.com/mozilla/telemetry-server, telemetry/telemetry_schema.py
#pragma once

#include "stages/filter/pattern.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace af {

inline constexpr std::size_t kLevels = 6;
inline constexpr std::array<std::string_view, kLevels> kLevelNames = {"reason",     "appName",    "appUpdateChannel",
                                                                      "appVersion", "appBuildID", "submission_date"};

using Dimensions = std::array<std::string_view, kLevels>;

// Every byte outside [a-zA-Z0-9_/.] as '_', a multi-byte character as one: how values were written into paths.
std::string sanitised(std::string_view value);

class Rule;

struct OneOf {
    std::vector<std::string> values;  // sorted
};
// Inclusive at both ends; a missing bound bounds nothing.
struct Between {
    std::optional<std::string> min, max;
};
// value <= prefix, or value begins with prefix.
struct Through {
    std::string prefix;
};
struct Matching {
    Pattern pattern;
    std::string described;  // `glob "2013*"`
};
struct Not {
    std::shared_ptr<const Rule> rule;
};
using Condition = std::variant<OneOf, Between, Through, Matching, Not>;

// What one level allows: everything that meets all conditions, so everything when there are none.
class Rule {
public:
    Rule() = default;
    explicit Rule(std::vector<Condition> conditions) : conditions_(std::move(conditions)) {}

    bool matches(std::string_view value) const;
    const std::vector<Condition>& conditions() const noexcept { return conditions_; }
    // For people: `one of "nightly", "aurora"`, `from "20130601" through "20130607"`, `anything`.
    std::string describe() const;

private:
    std::vector<Condition> conditions_;
};

struct FilterWarning {
    std::string path;  // dimensions[4].allowed_values
    std::string text;
};

class Filter {
public:
    // Allows everything.
    Filter() = default;
    Filter(std::array<Rule, kLevels> levels, std::vector<FilterWarning> warnings, std::string json)
        : levels_(std::move(levels)), warnings_(std::move(warnings)), json_(std::move(json)) {}

    bool matches_level(std::size_t level, std::string_view value) const { return levels_[level].matches(value); }
    const Rule& level(std::size_t level) const { return levels_[level]; }
    const std::vector<FilterWarning>& warnings() const noexcept { return warnings_; }
    const std::string& json() const noexcept { return json_; }  // as it was written, without white space

private:
    std::array<Rule, kLevels> levels_;
    std::vector<FilterWarning> warnings_;
    std::string json_;
};

}  // namespace af
