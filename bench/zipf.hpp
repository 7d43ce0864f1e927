// Ranks with the frequencies of Zipf's law: rank k of `count` comes in proportion to 1 / k.
//
// Exact    by rejection from the density 1 / x, without a table: Hörmann and Derflinger, Rejection-inversion to
//          generate variates from monotone discrete distributions, 1996, for exponent 1.
#pragma once

#include "bench/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace af::bench {

class Zipf {
public:
    explicit Zipf(std::uint64_t count)
        : most_(static_cast<double>(count)), low_(std::log(1.5) - 1), high_(std::log(most_ + 0.5)) {}

    // 1 ... count
    std::uint64_t next(Random& random) const {
        for (;;) {
            const double unit = static_cast<double>(random.next() >> 11) * 0x1p-53;
            const double area = high_ + unit * (low_ - high_);
            const double x = std::exp(area);
            const double rank = std::min(std::max(std::floor(x + 0.5), 1.0), most_);
            if (area >= std::log(rank + 0.5) - 1 / rank) return static_cast<std::uint64_t>(rank);
        }
    }

private:
    double most_;
    double low_;   // of the area that rank 1 takes, where 1 / x is cut off
    double high_;  // ln(count + 1/2)
};

}  // namespace af::bench
