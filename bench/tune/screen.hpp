// Few settings that tell about many, where measuring each would cost too much. Pure.
//
// Source   Cohen, Dalal, Fredman, Patton: The AETG System: An Approach to Testing Based on Combinatorial Design, 1997.
#pragma once

#include "stages/flow/tuning_file.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace af::bench {

// A covering array of strength 2: some of the candidates, so that any two values of two settings that occur together in
// a candidate do so in one of these: about 10 of 81.
std::vector<Tuning> covering(const std::vector<Tuning>& candidates);

// The candidates, fastest first, by a model in which each value of a setting changes the time by a factor. `seconds`:
// what was measured, every value of a candidate among it.
std::vector<Tuning> fastest_predicted(const std::vector<Tuning>& candidates,
                                      const std::vector<std::pair<Tuning, double>>& seconds);

}  // namespace af::bench
