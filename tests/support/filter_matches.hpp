// Whether a filter keeps a name, level by level, without the tally that the listing keeps.
#pragma once

#include "stages/filter/filter.hpp"
#include "stages/filter/layout.hpp"

namespace af::test {

inline bool matches(const Filter& filter, const Dimensions& dimensions) {
    for (std::size_t level = 0; level < kLevels; ++level) {
        if (!filter.matches_level(level, dimensions[level])) return false;
    }
    return true;
}

}  // namespace af::test
