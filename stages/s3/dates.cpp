#include "stages/s3/dates.hpp"

#include <ctime>
#include <fmt/format.h>

namespace af {
namespace {

WallTime to_wall(std::tm utc) { return std::chrono::system_clock::from_time_t(timegm(&utc)); }

// ".123" and the like off the front of `text`, in nanoseconds; what is finer is dropped. Nothing there is 0.
std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text) {
    if (!text.starts_with('.')) return std::chrono::nanoseconds(0);
    const auto end = text.find_first_not_of("0123456789", 1);
    if (end == 1 || end == text.npos) return std::nullopt;
    std::string digits(text.substr(1, end - 1));
    digits.resize(9, '0');
    text.remove_prefix(end);
    return std::chrono::nanoseconds(std::stoll(digits));
}

// "Z", "+hh:mm" or "-hh:mm".
std::optional<std::chrono::minutes> offset_of(std::string_view zone) {
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
    std::string_view rest(end);
    const auto fraction = take_fraction(rest);
    const auto offset = offset_of(rest);
    if (!fraction || !offset) return std::nullopt;
    return to_wall(utc) - *offset + *fraction;
}

std::string to_iso_date(WallTime at) {
    std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace af
