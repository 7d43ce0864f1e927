#include "stages/s3/crc64nvme.hpp"

#include <array>
#include <bit>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace af {
namespace {

// Reflected: the highest bit is the coefficient of 1.
constexpr std::uint64_t kPolynomial = 0x9a6c9329ac4bc9b5;

constexpr std::uint64_t times_x(std::uint64_t value) {
    return value & 1 ? value >> 1 ^ kPolynomial : value >> 1;
}

constexpr std::uint64_t power_of_x(int exponent) {
    std::uint64_t value = std::uint64_t{1} << 63;
    for (int i = 0; i < exponent; ++i) value = times_x(value);
    return value;
}

// Slicing by 8.
struct Tables {
    std::array<std::array<std::uint64_t, 256>, 8> slice{};

    constexpr Tables() {
        for (std::uint64_t byte = 0; byte < 256; ++byte) {
            std::uint64_t crc = byte;
            for (int bit = 0; bit < 8; ++bit) crc = times_x(crc);
            slice[0][byte] = crc;
        }
        for (std::size_t byte = 0; byte < 256; ++byte)
            for (std::size_t i = 1; i < 8; ++i)
                slice[i][byte] = slice[i - 1][byte] >> 8 ^ slice[0][slice[i - 1][byte] & 255];
    }
};
constexpr Tables kTables;

// Without the inversions at both ends.
std::uint64_t plain_by_tables(std::uint64_t crc, std::string_view bytes) {
    const auto& slice = kTables.slice;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
        word ^= crc;
        crc = 0;
        for (std::size_t i = 0; i < 8; ++i) crc ^= slice[7 - i][word >> 8 * i & 255];
    }
    for (unsigned char byte : bytes) crc = crc >> 8 ^ slice[0][(crc ^ byte) & 255];
    return crc;
}

#ifdef __x86_64__

#define AF_PCLMUL __attribute__((target("pclmul")))

AF_PCLMUL inline __m128i load(const char* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }

// What so many bits behind them do to 16 bytes, half by half. A product of reflected polynomials has an x too many.
template <int bits>
AF_PCLMUL inline __m128i further(__m128i bytes) {
    constexpr auto kLow = static_cast<long long>(power_of_x(bits + 63));
    constexpr auto kHigh = static_cast<long long>(power_of_x(bits - 1));
    const __m128i by = _mm_set_epi64x(kHigh, kLow);
    return _mm_xor_si128(_mm_clmulepi64_si128(bytes, by, 0x00), _mm_clmulepi64_si128(bytes, by, 0x11));
}

// At least 64 bytes. What is folded into 16 bytes has the CRC of all that stood before them.
AF_PCLMUL std::uint64_t plain_by_pclmul(std::uint64_t crc, std::string_view bytes) {
    __m128i lanes[4];
    for (int i = 0; i < 4; ++i) lanes[i] = load(bytes.data() + 16 * i);
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi64_si128(static_cast<long long>(crc)));
    bytes.remove_prefix(64);
    for (; bytes.size() >= 64; bytes.remove_prefix(64))
        for (int i = 0; i < 4; ++i) lanes[i] = _mm_xor_si128(further<512>(lanes[i]), load(bytes.data() + 16 * i));
    __m128i sum = lanes[0];
    for (int i = 1; i < 4; ++i) sum = _mm_xor_si128(further<128>(sum), lanes[i]);
    for (; bytes.size() >= 16; bytes.remove_prefix(16)) sum = _mm_xor_si128(further<128>(sum), load(bytes.data()));
    char folded[16];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), sum);
    return plain_by_tables(plain_by_tables(0, {folded, sizeof folded}), bytes);
}

bool has_pclmul() noexcept { return __builtin_cpu_supports("pclmul"); }

#else

std::uint64_t plain_by_pclmul(std::uint64_t crc, std::string_view bytes) { return plain_by_tables(crc, bytes); }
bool has_pclmul() noexcept { return false; }

#endif

}  // namespace

std::uint64_t detail::crc64nvme_by_tables(std::uint64_t crc, std::string_view bytes) {
    return ~plain_by_tables(~crc, bytes);
}

std::uint64_t crc64nvme(std::uint64_t crc, std::string_view bytes) {
    static const bool fast = has_pclmul();
    if (!fast || bytes.size() < 64) return detail::crc64nvme_by_tables(crc, bytes);
    return ~plain_by_pclmul(~crc, bytes);
}

}  // namespace af
