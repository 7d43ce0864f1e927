#include "bench/tune/halving.hpp"

#include "bench/tune/screen.hpp"

#include <algorithm>
#include <random>

namespace af::bench {
namespace {

constexpr double kWorthSaying = 1.02;
constexpr double kClearlySlower = 1.04;
constexpr double kTelling = 1.06;  // faster by so much in kTellingTurns turns: another would not change it
constexpr unsigned kTellingTurns = 2;
constexpr std::size_t kKept = 8;
constexpr std::size_t kFinalists = 2;

Tuning baseline_of(const Tuning& any) { return {.processors = any.processors}; }

void best_first(std::vector<Measured>& measured) {
    std::stable_sort(measured.begin(), measured.end(),
                     [](const Measured& a, const Measured& b) { return a.speedup > b.speedup; });
}

std::vector<Measured> measure_rung(std::vector<Tuning> settings, unsigned rung, double share, const Measure& measure) {
    const Tuning baseline = baseline_of(settings.front());
    if (std::find(settings.begin(), settings.end(), baseline) == settings.end()) settings.push_back(baseline);
    std::mt19937 order(rung);
    std::shuffle(settings.begin(), settings.end(), order);
    std::vector<Measured> measured;
    double baseline_seconds = 0;
    for (const Tuning& tuning : settings) {
        measured.push_back({.tuning = tuning, .rung = rung, .share = share, .seconds = measure(tuning, share)});
        if (tuning == baseline) baseline_seconds = measured.back().seconds;
    }
    for (Measured& one : measured) one.speedup = one.least = one.most = baseline_seconds / one.seconds;
    best_first(measured);
    return measured;
}

// Half of them the best of those measured, and then what the model expects most of.
std::vector<Tuning> promising(const std::vector<Tuning>& candidates, const std::vector<Measured>& measured) {
    std::vector<std::pair<Tuning, double>> seconds;
    for (const Measured& one : measured) seconds.emplace_back(one.tuning, one.seconds);
    std::vector<Tuning> kept;
    const auto keep = [&kept](const Tuning& tuning, std::size_t most) {
        if (kept.size() < most && std::find(kept.begin(), kept.end(), tuning) == kept.end()) kept.push_back(tuning);
    };
    for (const Measured& one : measured) keep(one.tuning, kKept / 2);
    for (const Tuning& tuning : fastest_predicted(candidates, seconds)) keep(tuning, kKept);
    return kept;
}

// A setting in the race, and how many times as fast as the baseline it was in each turn.
struct Entrant {
    Tuning tuning;
    std::vector<double> seconds = {}, speedups = {};
    bool runs = true;

    bool always_above(double speedup) const {
        return std::all_of(speedups.begin(), speedups.end(), [speedup](double one) { return one > speedup; });
    }
};

bool is_over(const std::vector<Entrant>& entrants, unsigned turns) {
    return turns == kMostTurns || std::all_of(entrants.begin(), entrants.end(), [turns](const Entrant& entrant) {
               return !entrant.runs || (turns >= kTellingTurns && entrant.always_above(kTelling));
           });
}

void drop_the_slow(std::vector<Entrant>& entrants) {
    double fastest = 0;
    for (const Entrant& entrant : entrants)
        if (entrant.runs) fastest = std::max(fastest, entrant.speedups.back());
    for (Entrant& entrant : entrants)
        entrant.runs &= entrant.speedups.back() > std::max(kWorthSaying, fastest / kClearlySlower);
}

Measured measured_of(const Entrant& entrant, double share, unsigned rung) {
    const auto [least, most] = std::minmax_element(entrant.speedups.begin(), entrant.speedups.end());
    return {.tuning = entrant.tuning,
            .rung = rung,
            .share = share,
            .seconds = median(entrant.seconds),
            .speedup = median(entrant.speedups),
            .least = *least,
            .most = *most,
            .runs = static_cast<unsigned>(entrant.seconds.size())};
}

}  // namespace

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

HalvingCost halving_cost(const std::vector<Tuning>& candidates) {
    const std::size_t first = covering(candidates).size() + 1;
    const std::size_t second = std::min(candidates.size(), kKept) + 1;
    const std::size_t last = (std::min(candidates.size(), kFinalists) + 1) * kMostTurns;
    return {first + second + last, static_cast<double>(first) * kRungShares[0] +
                                       static_cast<double>(second) * kRungShares[1] + static_cast<double>(last)};
}

std::vector<Measured> race(const std::vector<Tuning>& few, double share, unsigned rung, const Measure& measure) {
    Entrant baseline{.tuning = baseline_of(few.front())};
    std::vector<Entrant> entrants;
    for (const Tuning& tuning : few)
        if (tuning != baseline.tuning) entrants.push_back({.tuning = tuning});
    for (unsigned turns = 0; turns == 0 || !is_over(entrants, turns); ++turns) {
        baseline.seconds.push_back(measure(baseline.tuning, share));
        baseline.speedups.push_back(1);
        for (Entrant& entrant : entrants) {
            if (!entrant.runs) continue;
            entrant.seconds.push_back(measure(entrant.tuning, share));
            entrant.speedups.push_back(baseline.seconds.back() / entrant.seconds.back());
        }
        drop_the_slow(entrants);
    }
    entrants.push_back(baseline);
    std::vector<Measured> measured;
    for (const Entrant& entrant : entrants) measured.push_back(measured_of(entrant, share, rung));
    best_first(measured);
    return measured;
}

std::vector<Measured> halve(const std::vector<Tuning>& candidates, double share, const Measure& measure) {
    std::vector<Measured> all = measure_rung(covering(candidates), 0, share * kRungShares[0], measure);
    const std::vector<Measured> second = measure_rung(promising(candidates, all), 1, share * kRungShares[1], measure);
    std::vector<Tuning> finalists;
    for (const Measured& one : second)
        if (finalists.size() < kFinalists) finalists.push_back(one.tuning);
    const std::vector<Measured> last = race(finalists, share, kLastRung, measure);
    all.insert(all.end(), second.begin(), second.end());
    all.insert(all.end(), last.begin(), last.end());
    return all;
}

Measured best_of(const std::vector<Measured>& measured) {
    const auto in_last_rung = [&](const Measured& one) { return one.rung == measured.back().rung; };
    const Measured baseline = *std::find_if(measured.begin(), measured.end(), [&](const Measured& one) {
        return in_last_rung(one) && one.tuning == baseline_of(one.tuning);
    });
    Measured best = baseline;
    for (const Measured& one : measured) {
        const bool stayed = one.runs == baseline.runs;  // in every turn
        if (in_last_rung(one) && stayed && one.least > kWorthSaying && one.speedup > best.speedup) best = one;
    }
    return best;
}

}  // namespace af::bench
