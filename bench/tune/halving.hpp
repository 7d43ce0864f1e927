// Successive halving: all candidates are measured on little data, the better part of them on more, and so on; the last few
// in turns on all of it. Pure but for what `measure` does.
//
// Cost     with n candidates, T for one run on all data, and the baseline twice a rung: (n+2) T/32 + (n/4+2) T/10 + 6 T/3 + 9 T,
//          which is 15.9 T for 81 candidates: less than a fifth of measuring each once.
// Noise    within a rung the order is shuffled, so that a machine that slows down harms no neighbourhood; the last rung takes
//          turns, and the ratio to the baseline is taken in each turn before the median.
// Source   Jamieson, Talwalkar: Non-stochastic Best Arm Identification and Hyperparameter Optimization, 2016.
#pragma once

#include "stages/flow/tuning_file.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace af::bench {

// Seconds that a run with these settings takes on this share of the data.
using Measure = std::function<double(const Tuning&, double share)>;

struct Measured {
    Tuning tuning;
    unsigned rung = 0;
    double share = 0;
    double seconds = 0;  // the median of its runs
    double speedup = 1;  // the baseline's seconds over these: the median of the turns'
    double least = 1, most = 1;
    unsigned runs = 1;
};

// Shares of the data that the rungs use, relative to the last, which is 1.
inline constexpr double kRungShares[] = {1.0 / 32, 1.0 / 10, 1.0 / 3};
inline constexpr unsigned kLastRung = 3;
inline constexpr unsigned kTurns = 3;

// Runs on all data that it costs, in units of one.
double halving_cost(std::size_t candidates);

// Every measurement, rung after rung, the best of each rung first. The baseline, all auto, is measured in each.
// `share`: of the data, in the last rung. At least one candidate.
std::vector<Measured> halve(std::vector<Tuning> candidates, double share, const Measure& measure);

// These settings and the baseline in turns, on this share.
std::vector<Measured> in_turns(const std::vector<Tuning>& few, double share, unsigned rung, const Measure& measure);

// The best of the last rung; the baseline (all auto), unless something is faster by more than 2 %.
Measured best_of(const std::vector<Measured>& measured);

}  // namespace af::bench
