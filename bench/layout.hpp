// Which objects a data set has: paths and sizes. Pure functions of the options.
//
// Paths    reason/appName/channel/version/buildid.date.v2.log.<32 hex>[.codec], as the telemetry store names them.
// Sizes    log-normal with sigma 1.5, taken at evenly spaced quantiles: 200 objects of 1.43 GB range from about 40 KB
//          to 150 MB whatever the seed; the order is drawn.
#pragma once

#include "bench/compress.hpp"
#include "bench/ping.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace af::bench {

struct SizeRange {
    std::size_t least = 2'000;
    std::size_t most = 70'000;
};

struct LayoutOptions {
    std::uint64_t bytes = 100'000'000;  // uncompressed, in all
    std::uint32_t objects = 0;          // 0: one for each 7 MB, at least 8
    std::vector<Codec> codecs{Codec::lzma};  // used in turn
    std::uint32_t bad_lines = 0;
    std::uint64_t seed = 1;
};

struct BadSpot {
    std::uint64_t after_bytes;  // the line comes once this many bytes of the object are written
    BadLine kind;
};

struct ObjectPlan {
    std::string key;                      // the path below the data folder; unique
    std::vector<std::string> dimensions;  // reason, appName, appUpdateChannel, appVersion, appBuildID, submission_date
    PingTopic topic;
    Codec codec = Codec::lzma;
    std::uint64_t bytes = 0;  // uncompressed; reached by the last record, which passes it
    std::uint64_t seed = 0;
    std::vector<BadSpot> bad;  // in order of after_bytes, each below `bytes`
};

// Throws Error{usage} when there are more objects than bytes.
std::vector<ObjectPlan> plan_layout(const LayoutOptions& options);

// Sizes alone, largest first; they add up to `bytes` within a byte each.
std::vector<std::uint64_t> heavy_tailed_sizes(std::uint64_t bytes, std::uint32_t objects);

}  // namespace af::bench
