#include "bench/tune/screen.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace af::bench {
namespace {

constexpr unsigned Tuning::*kSettings[] = {&Tuning::workers, &Tuning::decoders, &Tuning::fetch, &Tuning::depth};
constexpr std::size_t kSettingCount = std::size(kSettings);
constexpr unsigned kFitRounds = 16;

using ValuePair = std::tuple<std::size_t, unsigned, std::size_t, unsigned>;  // setting, value; setting, value

std::vector<ValuePair> pairs_of(const Tuning& tuning) {
    std::vector<ValuePair> pairs;
    for (std::size_t a = 0; a < kSettingCount; ++a)
        for (std::size_t b = a + 1; b < kSettingCount; ++b)
            pairs.emplace_back(a, tuning.*kSettings[a], b, tuning.*kSettings[b]);
    return pairs;
}

// What each value of each setting adds to the logarithm of the time: least squares by backfitting.
class Effects {
public:
    explicit Effects(const std::vector<std::pair<Tuning, double>>& seconds) {
        for (unsigned round = 0; round < kFitRounds; ++round)
            for (std::size_t setting = 0; setting < kSettingCount; ++setting) fit(setting, seconds);
    }

    double log_seconds(const Tuning& tuning) const {
        double sum = 0;
        for (std::size_t setting = 0; setting < kSettingCount; ++setting) sum += of(setting, tuning);
        return sum;
    }

private:
    double of(std::size_t setting, const Tuning& tuning) const {
        const auto found = effects_[setting].find(tuning.*kSettings[setting]);
        return found == effects_[setting].end() ? 0 : found->second;
    }

    // The mean of what the other settings leave to be explained.
    void fit(std::size_t setting, const std::vector<std::pair<Tuning, double>>& seconds) {
        std::map<unsigned, std::pair<double, unsigned>> left;
        for (const auto& [tuning, measured] : seconds) {
            auto& [sum, count] = left[tuning.*kSettings[setting]];
            sum += std::log(measured) - (log_seconds(tuning) - of(setting, tuning));
            ++count;
        }
        for (const auto& [value, rest] : left) effects_[setting][value] = rest.first / rest.second;
    }

    std::map<unsigned, double> effects_[kSettingCount];
};

}  // namespace

std::vector<Tuning> covering(const std::vector<Tuning>& candidates) {
    std::set<ValuePair> open;
    for (const Tuning& tuning : candidates)
        for (const ValuePair& pair : pairs_of(tuning)) open.insert(pair);
    const auto covered = [&open](const Tuning& tuning) {
        const std::vector<ValuePair> pairs = pairs_of(tuning);
        return std::count_if(pairs.begin(), pairs.end(),
                             [&open](const ValuePair& pair) { return open.contains(pair); });
    };
    std::vector<Tuning> chosen;
    while (!open.empty()) {
        chosen.push_back(*std::max_element(candidates.begin(), candidates.end(),
                                           [&](const Tuning& a, const Tuning& b) { return covered(a) < covered(b); }));
        for (const ValuePair& pair : pairs_of(chosen.back())) open.erase(pair);
    }
    return chosen;
}

std::vector<Tuning> fastest_predicted(const std::vector<Tuning>& candidates,
                                      const std::vector<std::pair<Tuning, double>>& seconds) {
    const Effects effects(seconds);
    std::vector<Tuning> order = candidates;
    std::stable_sort(order.begin(), order.end(),
                     [&](const Tuning& a, const Tuning& b) { return effects.log_seconds(a) < effects.log_seconds(b); });
    return order;
}

}  // namespace af::bench
