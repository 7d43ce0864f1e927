// What a filter allows, level by level, and what it did to what was looked at. Pure.
#pragma once

#include "stages/filter/tally.hpp"

#include <optional>
#include <string>
#include <vector>

namespace af {

struct LevelExplanation {
    std::string_view name;
    std::string allows;                   // Rule::describe()
    std::size_t values_seen = 0;          // distinct ones
    std::size_t values_allowed = 0;       // of those seen
    std::uint64_t reached = 0, passed = 0;  // objects or folders
    std::string seen;                     // a few of the values, or from the first to the last of them
    std::vector<std::string> near;        // seen values close to wanted ones, when none was allowed
};

struct Explanation {
    std::vector<LevelExplanation> levels;  // six
    std::vector<FilterWarning> warnings;
    std::uint64_t objects = 0, kept = 0, misfits = 0;
    std::vector<std::string> misfit_examples;
};

Explanation explain(const Filter& filter, const FilterTally& tally);

// Lines for a terminal. Without anything looked at: only what each level allows, and the warnings.
std::string to_text(const Explanation& explanation);

// The first level at which something was tested and nothing passed, as one sentence; nullopt when there is none.
std::optional<std::string> where_all_was_lost(const Explanation& explanation);

}  // namespace af
