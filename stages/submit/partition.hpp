// Which load each object goes to: the arithmetic of pack(). Pure.
//
// Alone    an item above limits.load_bytes, unless the number of loads was asked for
// Bounds   each load meets load_objects and load_name_bytes, but for a single item whose name alone is longer
// Source   R. L. Graham, "Bounds on multiprocessing timing anomalies" (1969)
#pragma once

#include "stages/submit/pack.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace af {

inline constexpr std::uint64_t kMostWeight = std::uint64_t(1) << 42;  // 4 million of them still add up

struct PackItem {
    std::uint64_t weight = 0;  // at most kMostWeight
    std::size_t name_bytes = 0;
};

struct Partition {
    std::vector<std::uint32_t> load_of;  // by item
    std::uint32_t loads = 0;             // each has an item
};

// The heaviest item first, each to the lightest load that has room.
Partition balanced_partition(std::span<const PackItem> items, const PackLimits& limits);

}  // namespace af
