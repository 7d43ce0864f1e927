// One Telemetry saved-session ping as one line, `uuid<TAB>json<LF>`: a pure function of what the ping is about and a
// seed.
//
// Shape    the keys, their order and the ", " and ": " of the real pings of 2013; "info" comes first.
// Size     about `target_bytes`, never less than about 2 KB of fixed parts; a ping above 60 KB is filled up with
//          keyed histograms, so there is no upper bound.
// Threads  any; nothing is shared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace af::bench {

enum class Os : unsigned char { winnt, darwin, linux_, android };
inline constexpr std::array<std::string_view, 4> kOsNames{"WINNT", "Darwin", "Linux", "Android"};
inline std::string_view os_name(Os os) { return kOsNames[static_cast<std::size_t>(os)]; }

// What all pings of one object share; the values as the ping states them ("saved-session", not "saved_session").
struct PingTopic {
    std::string reason, app_name, channel, version, build_id;
};

// Appends one ping to `out` and says what its info.OS is.
Os append_ping(std::string& out, const PingTopic& topic, std::uint64_t seed, std::size_t target_bytes);

// Appends one line that is no record: "format" has no TAB, "json" is cut in the middle of its JSON.
enum class BadLine : unsigned char { format, json };
inline std::string_view bad_line_name(BadLine kind) { return kind == BadLine::format ? "format" : "json"; }
void append_bad_line(std::string& out, BadLine kind, const PingTopic& topic, std::uint64_t seed);

}  // namespace af::bench
