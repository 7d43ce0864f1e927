#include "stages/filter/tally.hpp"

#include "stages/filter/layout.hpp"

namespace af {

bool FilterTally::test(const Filter& filter, std::size_t level, std::string_view value, std::uint64_t objects) {
    Level& here = levels_[level];
    ++here.reached;
    auto seen = here.values.find(value);
    if (seen != here.values.end()) seen->second += objects;
    else if (here.values.size() < kMostValues) here.values.emplace(value, objects);
    if (!filter.matches_level(level, value)) return false;
    ++here.passed;
    return true;
}

bool FilterTally::keeps_object(const Filter& filter, std::string_view name, std::size_t first_level) {
    ++objects_;
    const auto dimensions = dimensions_of(name);
    if (!dimensions) {
        misfit(name);
        return false;
    }
    for (std::size_t level = 0; level < kLevels; ++level) {
        const std::string_view value = (*dimensions)[level];
        const bool passed = level < first_level ? filter.matches_level(level, value) : test(filter, level, value, 1);
        if (!passed) return false;
    }
    ++kept_;
    return true;
}

bool FilterTally::keeps_folder(const Filter& filter, std::size_t level, std::string_view value) {
    return test(filter, level, value, 0);
}

void FilterTally::misfit(std::string_view name) {
    ++misfits_;
    if (misfit_examples_.size() < kMostExamples) misfit_examples_.emplace_back(name);
}

}  // namespace af
