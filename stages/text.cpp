#include "stages/text.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

namespace af {

std::string count_text(std::uint64_t count) {
    if (count < 1000) return fmt::format("{}", count);
    return fmt::format("{},{:03}", count_text(count / 1000), count % 1000);
}

std::string plural(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB"};
    if (bytes < 1000) return fmt::format("{} B", bytes);
    double value = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit]) : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

std::string duration_text(double seconds) {
    if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", escaped(text)); }

bool is_alphanumeric(std::string_view text, std::string_view extra) {
    return std::all_of(text.begin(), text.end(), [extra](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               extra.find(c) != extra.npos;
    });
}

}  // namespace af
