// The true answers about a data set, gathered while it is made.
#pragma once

#include "bench/layout.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace af::bench {

using OsCounts = std::array<std::uint64_t, kOsNames.size()>;

struct BadLineAt {
    std::uint64_t line;  // 1-based
    BadLine kind;
};

struct ObjectTruth {
    std::string key;
    std::vector<std::string> dimensions;
    Codec codec = Codec::none;
    std::uint64_t bytes_stored = 0;
    std::uint64_t bytes_inflated = 0;
    std::uint64_t records = 0;  // good ones; lines = records + bad
    OsCounts os{};
    std::vector<BadLineAt> bad;
};

struct Truth {
    std::vector<ObjectTruth> objects;  // sorted by key, bytewise
};

struct Totals {
    std::uint64_t objects = 0, bytes_stored = 0, bytes_inflated = 0, records = 0, bad_lines = 0;
    OsCounts os{};
    void add(const ObjectTruth& object);
};
Totals totals(const Truth& truth);

// "Darwin 12\nWINNT 80\n": systems that occur, sorted bytewise.
std::string os_count_text(const OsCounts& counts);

// {"object_count", "records", "bad_lines", "bytes_stored", "bytes_inflated", "os": {name: count},
//  "combinations": [{"dimensions": [6 values], "object_count", "records", ..., "os"}],
//  "objects": [{"key", "codec", "records", ..., "os", "bad": [{"line", "kind"}]}]}
std::string truth_json(const Truth& truth);

}  // namespace af::bench
