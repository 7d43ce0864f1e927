#include "bench/tune/halving.hpp"

#include <algorithm>
#include <random>

namespace af::bench {
namespace {

constexpr double kWorthSaying = 1.02;

std::size_t kept_after(unsigned rung, std::size_t candidates) {
    if (rung == 0) return std::max<std::size_t>(2, (candidates + 3) / 4);
    return rung == 1 ? 4 : 2;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Tuning baseline_of(const Tuning& any) { return {.processors = any.processors}; }

void best_first(std::vector<Measured>& measured) {
    std::stable_sort(measured.begin(), measured.end(),
                     [](const Measured& a, const Measured& b) { return a.speedup > b.speedup; });
}

std::vector<Measured> measure_rung(std::vector<Tuning> candidates, unsigned rung, double share,
                                   const Measure& measure) {
    std::mt19937 order(rung);
    std::shuffle(candidates.begin(), candidates.end(), order);
    std::vector<Measured> measured;
    // The baseline goes first and last: its mean is what the others are compared with.
    const Tuning baseline = baseline_of(candidates.front());
    double baseline_seconds = measure(baseline, share);
    for (const Tuning& tuning : candidates)
        measured.push_back({.tuning = tuning, .rung = rung, .share = share, .seconds = measure(tuning, share)});
    baseline_seconds = (baseline_seconds + measure(baseline, share)) / 2;
    for (Measured& one : measured) one.speedup = one.least = one.most = baseline_seconds / one.seconds;
    best_first(measured);
    return measured;
}

}  // namespace

double halving_cost(std::size_t candidates) {
    double cost = static_cast<double>(candidates + 2) * kRungShares[0];
    for (unsigned rung = 1; rung < kLastRung; ++rung) {
        candidates = std::min(candidates, kept_after(rung - 1, candidates));
        cost += static_cast<double>(candidates + 2) * kRungShares[rung];
    }
    return cost + static_cast<double>(std::min(candidates, kept_after(kLastRung - 1, candidates)) + 1) * kTurns;
}

std::vector<Measured> in_turns(const std::vector<Tuning>& few, double share, unsigned rung, const Measure& measure) {
    std::vector<Tuning> all{baseline_of(few.front())};
    for (const Tuning& tuning : few) {
        if (tuning != all.front()) all.push_back(tuning);
    }
    std::vector<std::vector<double>> seconds(all.size());
    for (unsigned turn = 0; turn < kTurns; ++turn) {
        for (std::size_t i = 0; i < all.size(); ++i) seconds[i].push_back(measure(all[i], share));
    }
    std::vector<Measured> measured;
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::vector<double> speedups;
        for (unsigned turn = 0; turn < kTurns; ++turn) speedups.push_back(seconds[0][turn] / seconds[i][turn]);
        const auto [least, most] = std::minmax_element(speedups.begin(), speedups.end());
        measured.push_back({.tuning = all[i],
                            .rung = rung,
                            .share = share,
                            .seconds = median(seconds[i]),
                            .speedup = median(speedups),
                            .least = *least,
                            .most = *most,
                            .runs = kTurns});
    }
    best_first(measured);
    return measured;
}

std::vector<Measured> halve(std::vector<Tuning> candidates, double share, const Measure& measure) {
    std::vector<Measured> all;
    for (unsigned rung = 0; rung < kLastRung; ++rung) {
        const std::vector<Measured> measured = measure_rung(candidates, rung, share * kRungShares[rung], measure);
        all.insert(all.end(), measured.begin(), measured.end());
        candidates.clear();
        for (std::size_t i = 0; i < std::min(measured.size(), kept_after(rung, measured.size())); ++i)
            candidates.push_back(measured[i].tuning);
    }
    const std::vector<Measured> last = in_turns(candidates, share, kLastRung, measure);
    all.insert(all.end(), last.begin(), last.end());
    return all;
}

Measured best_of(const std::vector<Measured>& measured) {
    Measured best = measured.back(), baseline = measured.back();
    for (const Measured& one : measured) {
        if (one.rung != measured.back().rung) continue;
        if (one.tuning == baseline_of(one.tuning)) baseline = one;
        if (one.speedup > best.speedup) best = one;
    }
    return best.speedup > kWorthSaying ? best : baseline;
}

}  // namespace af::bench
