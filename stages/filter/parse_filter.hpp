// Filter.json -> Filter.
#pragma once

#include "stages/filter/filter.hpp"

#include <chrono>
#include <string_view>

namespace af {

// `name` begins every message; `today` is the last day of a `days` window.
//
// Errors   Error(config), one sentence with the JSON path: not JSON, a duplicate key, more than 1 MiB, a version other
//          than 1, not the six dimensions in their order, anything but text where a value is compared, a bad pattern.
// Warns    (Filter::warnings) of what is valid and was so in 2014 but rarely meant: bounds of unequal length, min above
//          max, a bare string or bound that no path can hold, ["*"], an empty list, unknown keys.
Filter parse_filter(std::string_view json, std::string_view name, std::chrono::year_month_day today);

}  // namespace af
