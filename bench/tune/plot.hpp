// What a tuning measured, as one HTML file that needs nothing else: for each setting a panel, in it a dot for each
// measurement, by value and by speed relative to what `af run` chooses by itself in the same rung; the settings chosen
// are marked.
#pragma once

#include "bench/tune/halving.hpp"

#include <string>
#include <vector>

namespace af::bench {

// `sentence` is shown above; any text.
std::string plot_html(const std::vector<Measured>& measured, const Tuning& chosen, const std::string& sentence);

}  // namespace af::bench
