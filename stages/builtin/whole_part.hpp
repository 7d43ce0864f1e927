// The parts of counts and sums (stages/builtin/aggregate.hpp) that are one whole number of 64 bits: these words, and
// the number.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace af {

inline constexpr std::string_view kCountPart = "count ";
inline constexpr std::string_view kSumPart = "sum ";

inline void append_whole(std::int64_t number, std::string& to) {
    char digits[24];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace af
