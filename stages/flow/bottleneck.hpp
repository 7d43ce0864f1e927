// What bounded a run, from the times of its stages and the processor time it used: one sentence for people.
#pragma once

#include "engine/metrics.hpp"

#include <string>
#include <vector>

namespace af {

struct LoadSample {
    std::vector<StageReport> stages;
    double seconds = 0;  // wall, of the same time as the processor times
    unsigned processors = 1;
    double own_cpu_seconds = 0;       // this process
    double children_cpu_seconds = 0;  // the user's functions
};

// e.g. "bounded by the processors (97% of 2 in use): 60% of that went to the user's functions, 40% to decompressing
//      and the rest; the map function is what to speed up"
//      "bounded by fetch: its 8 workers were busy 95% of the time; the processors were 40% in use"
std::string bottleneck_text(const LoadSample& sample);

}  // namespace af
