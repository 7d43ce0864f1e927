// Durations as people write them: a whole number and a unit, "90s", "15m", "24h", "5d".
#pragma once

#include "engine/error.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace af {

// nullopt: another form, no unit, or more than 100 years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

// The same; throws Error(usage) that names `what` ("--deadline") for what is none.
std::chrono::seconds duration_of(std::string_view text, std::string_view what);

}  // namespace af
