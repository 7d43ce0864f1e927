// The one source of chance in made data: splitmix64, integers only, so that the same seed gives the same bytes on every
// machine. (Standard distributions are free to differ between libraries.)
#pragma once

#include <cstdint>

namespace af::bench {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    // 0 <= result < bound; bound must be above 0 and below 2^32.
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }

    bool chance(std::uint32_t percent) { return below(100) < percent; }

private:
    std::uint64_t state_;
};

// A seed of its own for each thing that is made: mix(seed, object, record).
inline std::uint64_t mix(std::uint64_t seed, std::uint64_t a, std::uint64_t b = 0) {
    const std::uint64_t first = Random(seed ^ (a * 0xd1342543de82ef95u)).next();
    return Random(first ^ (b * 0xaf251af3b0f025b5u)).next();
}

}  // namespace af::bench
