#include "cli/duration.hpp"

#include <fmt/format.h>
#include <charconv>
#include <utility>

namespace af {
namespace {

constexpr std::int64_t kMostSeconds = std::int64_t{100} * 365 * 86'400;
constexpr std::pair<char, std::int64_t> kUnits[] = {{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}};

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc() || end - rest != 1) return std::nullopt;
    for (const auto& [unit, seconds] : kUnits) {
        if (unit == *rest && number <= kMostSeconds / seconds) return std::chrono::seconds(number * seconds);
    }
    return std::nullopt;
}

std::chrono::seconds duration_of(std::string_view text, std::string_view what) {
    if (const auto duration = parse_duration(text)) return *duration;
    throw Error(ErrorKind::usage, fmt::format("{}: \"{}\" is no duration", what, escaped(text)))
        .about(what)
        .hint("write a whole number and s, m, h or d: 90s, 15m, 24h, 5d");
}

}  // namespace af
