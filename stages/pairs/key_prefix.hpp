// The first eight bytes of a key as a number that compares as the bytes do.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace af {

inline std::uint64_t key_prefix(std::string_view key) {
    unsigned char bytes[8] = {};
    std::memcpy(bytes, key.data(), std::min<std::size_t>(8, key.size()));
    std::uint64_t value;
    std::memcpy(&value, bytes, 8);
    if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
    return value;
}

// Whether a key comes before another, given the prefixes of both.
inline bool key_before(std::uint64_t a_prefix, std::string_view a, std::uint64_t b_prefix, std::string_view b) {
    return a_prefix != b_prefix ? a_prefix < b_prefix : a < b;
}

}  // namespace af
