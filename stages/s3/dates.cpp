#include "stages/s3/dates.hpp"

#include <ctime>
#include <fmt/format.h>

namespace af {
namespace {

WallTime to_wall(std::tm utc) { return std::chrono::system_clock::from_time_t(timegm(&utc)); }

// "Z", "+hh:mm" or "-hh:mm", after an optional fraction that is dropped.
std::optional<std::chrono::minutes> offset_of(std::string_view zone) {
    if (zone.starts_with('.')) {
        auto end = zone.find_first_not_of("0123456789", 1);
        if (end == 1 || end == zone.npos) return std::nullopt;
        zone.remove_prefix(end);
    }
    if (zone == "Z") return std::chrono::minutes(0);
    std::tm clock{};
    std::string digits(zone.substr(zone.empty() ? 0 : 1));
    const char* end = strptime(digits.c_str(), "%H:%M", &clock);
    if (!end || *end || zone.size() != 6 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
    std::chrono::minutes offset(clock.tm_hour * 60 + clock.tm_min);
    return zone[0] == '+' ? offset : -offset;
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
    std::tm utc{};
    std::string copy(text);
    const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    if (!end || *end) return std::nullopt;
    return to_wall(utc);
}

std::optional<WallTime> parse_iso_date(std::string_view text) {
    std::tm utc{};
    std::string copy(text);
    const char* end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
    if (!end) return std::nullopt;
    auto offset = offset_of(end);
    if (!offset) return std::nullopt;
    return to_wall(utc) - *offset;
}

std::string to_iso_date(WallTime at) {
    std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                       utc.tm_min, utc.tm_sec);
}

}  // namespace af
