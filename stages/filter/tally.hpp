// What a filter kept of what was looked at, level by level: for explanations, and for saying where everything was lost.
#pragma once

#include "stages/filter/filter.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// Bounds   at most kMostValues distinct values are remembered a level, and kMostExamples names that do not fit.
// Threads  one at a time.
class FilterTally {
public:
    static constexpr std::size_t kMostValues = 10'000;
    static constexpr std::size_t kMostExamples = 5;

    struct Level {
        std::map<std::string, std::uint64_t, std::less<>>
            values;                 // seen here -> objects with it (0: never looked into)
        std::uint64_t reached = 0;  // objects, or whole folders, that were tested here ...
        std::uint64_t passed = 0;   // ... and allowed
    };

    // Whether the filter keeps an object by the dimensions in its name (relative to the root). Counts it at every level
    // it reaches from `first_level` on; the levels before were counted by keeps_folder().
    bool keeps_object(const Filter& filter, std::string_view name, std::size_t first_level = 0);
    // Whether anything below a folder of this value can be kept.
    bool keeps_folder(const Filter& filter, std::size_t level, std::string_view value);
    // Counts a name, or a folder nobody looked into, that does not fit the layout.
    void misfit(std::string_view name);

    const Level& level(std::size_t level) const { return levels_[level]; }
    std::uint64_t objects() const noexcept { return objects_; }
    std::uint64_t kept() const noexcept { return kept_; }
    // Names (and whole folders of them) that do not fit the layout: never kept. The first few of them.
    std::uint64_t misfits() const noexcept { return misfits_; }
    const std::vector<std::string>& misfit_examples() const noexcept { return misfit_examples_; }

private:
    bool test(const Filter& filter, std::size_t level, std::string_view value, std::uint64_t objects);

    std::array<Level, kLevels> levels_;
    std::uint64_t objects_ = 0, kept_ = 0, misfits_ = 0;
    std::vector<std::string> misfit_examples_;
};

}  // namespace af
