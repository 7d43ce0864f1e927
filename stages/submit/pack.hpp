// Objects -> loads, one a mapper. Pure: the same objects in any order make the same loads. Nothing is dropped, ever.
//
// balanced    each object, largest first, to the load that is lightest so far (LPT; Graham 1969: at most 4/3 of the best)
// contiguous  runs of objects by name, the heaviest as light as can be: what map-only jobs need, whose output is in the
//             order of the input
#pragma once

#include "stages/submit/plan.hpp"

#include <vector>

namespace af {

enum class PackOrder { balanced, contiguous };

struct PackLimits {
    std::uint64_t load_bytes = 1'000'000'000;      // aimed at, as stored; an object above it is a load of its own
    std::size_t load_objects = 2'000;              // never more
    std::size_t load_name_bytes = 512 << 10;       // of names: they go into the task's command line
    std::uint64_t unknown_bytes = 4 << 20;         // what an object of unknown size counts as
    std::size_t max_loads = kMostMappers;
    unsigned loads = 0;                            // as many as this when the limits allow it; 0: from load_bytes
};

// Throws Error(usage) when it takes more than max_loads: says how many, and the option and value that would fit.
std::vector<Load> pack(std::vector<ObjectRef> objects, const PackLimits& limits, PackOrder order);

}  // namespace af
