#include "stages/line_ends.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace af {
namespace {

// GCC 12 splits vectors that are wider than the target's into scalars.
using Bytes16 = std::uint8_t __attribute__((vector_size(16)));
using Bytes32 = std::uint8_t __attribute__((vector_size(32)));

template <class Wide>
[[gnu::always_inline]] inline std::size_t count_by(std::string_view bytes) noexcept {
    constexpr std::size_t kWide = sizeof(Wide);
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::size_t total = 0;
    while (left >= kWide) {
        const std::size_t rounds = std::min<std::size_t>(left / kWide, 255);  // a lane counts to 255
        Wide counts{};
        for (std::size_t i = 0; i < rounds; ++i, at += kWide) {
            Wide chunk;
            std::memcpy(&chunk, at, kWide);
            counts -= reinterpret_cast<Wide>(chunk == static_cast<std::uint8_t>('\n'));  // true is -1
        }
        for (std::size_t lane = 0; lane < kWide; ++lane) total += counts[lane];
        left -= rounds * kWide;
    }
    return total + static_cast<std::size_t>(std::count(at, at + left, '\n'));
}

// What every x86-64 and AArch64 has.
std::size_t count_by_16(std::string_view bytes) noexcept { return count_by<Bytes16>(bytes); }

#ifdef __x86_64__
[[gnu::target("avx2")]] std::size_t count_by_32(std::string_view bytes) noexcept { return count_by<Bytes32>(bytes); }
auto widest_count() noexcept { return __builtin_cpu_supports("avx2") ? count_by_32 : count_by_16; }
#else
auto widest_count() noexcept { return count_by_16; }
#endif

}  // namespace

std::size_t count_newlines(std::string_view bytes) noexcept {
    static const auto count = widest_count();
    return count(bytes);
}

LineEnds find_line_ends(std::string_view text) {
    LineEnds found;
    const bool fits = text.size() <= std::numeric_limits<std::uint32_t>::max();
    const std::size_t most = fits ? text.size() / kBytesToAnEnd : 0;
    std::size_t end = 0;
    while (end < text.size() && found.ends.size() < most) {
        end = text.find('\n', end) + 1;
        found.ends.push_back(static_cast<std::uint32_t>(end));
    }
    found.lines = found.ends.size() + count_newlines(text.substr(end));
    if (end < text.size()) found.ends.clear();
    return found;
}

}  // namespace af
