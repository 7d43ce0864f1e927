// Successive halving after a screening: some candidates are measured on little data, those that did best there and
// those that a model expects to do best on more, and the last two in a race with the baseline on all of it. Pure but
// for what `measure` does.
//
// Cost     what starting a run takes without any data, F, and what all data take beyond it, V. For 81 candidates, at
//          most (11 F + 11/8 V) + (9 F + 9/4 V) + (9 F + 9 V), the race mostly half of that: 1/6 of measuring each once
//          even where F is a fifth of V (tests/bench/tune/halving_test.cpp). A run more in a rung buys less than one in
//          the race, as there are many settings within 2 % of the best and the race only has to find one of them.
// Noise    within a rung the order is shuffled, so that a machine that slows down harms no neighbourhood; in the race
//          the ratio to the baseline is taken in each turn before the median.
// Source   Jamieson, Talwalkar: Non-stochastic Best Arm Identification and Hyperparameter Optimization, 2016; Maron,
//          Moore: Hoeffding Races, 1993.
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
inline constexpr double kRungShares[] = {1.0 / 8, 1.0 / 4};
inline constexpr unsigned kLastRung = 2;
inline constexpr unsigned kMostTurns = 3;

struct HalvingCost {
    std::size_t runs = 0;
    double data = 0;  // that they read, in shares of the last rung's
};

// At most; the candidates that are left when the race begins may all stay in it to the end.
HalvingCost halving_cost(const std::vector<Tuning>& candidates);

// Every measurement, rung after rung, the best of each rung first. The baseline, all auto, is measured in each.
// `share`: of the data, in the last rung. At least one candidate.
std::vector<Measured> halve(const std::vector<Tuning>& candidates, double share, const Measure& measure);

// These settings and the baseline in turns, on this share. One that is clearly slower than another, or in any turn not
// faster than the baseline by more than 2 %, is not run again. Two turns are enough for what is faster by more than 6 %
// in both.
std::vector<Measured> race(const std::vector<Tuning>& few, double share, unsigned rung, const Measure& measure);

// The best of the last rung; the baseline (all auto), unless something was faster by more than 2 % in every turn.
Measured best_of(const std::vector<Measured>& measured);

double median(std::vector<double> values);

}  // namespace af::bench
