// The same telemetry-like lines for every micro benchmark.
#pragma once

#include "bench/ping.hpp"

#include <string>

namespace af::bench {

// Whole lines `uuid TAB json`, `bytes` of them or a little more.
inline std::string pings(std::size_t bytes, std::size_t record_bytes = 36'000) {
    const PingTopic topic{.reason = "saved-session",
                          .app_name = "Firefox",
                          .channel = "nightly",
                          .version = "28.0a1",
                          .build_id = "20131104030203"};
    std::string lines;
    for (std::uint64_t seed = 1; lines.size() < bytes; ++seed) append_ping(lines, topic, seed, record_bytes);
    return lines;
}

}  // namespace af::bench
