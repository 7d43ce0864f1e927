// Objects -> loads, one a mapper. Pure: the same objects in any order make the same loads. Nothing is dropped, ever.
//
// Each object, largest first, goes to the load that is lightest so far (LPT; Graham 1969: at most 4/3 of the best).
#pragma once

#include "stages/submit/plan.hpp"

#include <vector>

namespace af {

struct PackLimits {
    std::uint64_t load_bytes = 1'000'000'000;      // aimed at, as stored; an object above it is a load of its own
    std::size_t load_objects = 2'000;              // never more
    std::size_t load_name_bytes = 512 << 10;       // of names: they go into the task's command line
    std::uint64_t unknown_bytes = 4 << 20;         // what an object of unknown size counts as
    std::size_t max_loads = kMostMappers;
    unsigned loads = 0;                            // as many as this when the limits allow it; 0: from load_bytes
};

// Throws Error(usage) when it takes more than max_loads: says how many, and the option and value that would fit.
std::vector<Load> pack(std::vector<ObjectRef> objects, const PackLimits& limits);

}  // namespace af
