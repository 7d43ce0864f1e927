#include "stages/json_numbers.hpp"

#ifdef __SSE2__
#include <immintrin.h>

#include <bit>
#include <cstdint>
#endif

namespace af {
#ifdef __SSE2__
namespace {

#define AF_AVX2 [[gnu::target("avx2,bmi,popcnt")]]

// Of a window: bit i tells of byte i.
struct Classes {
    std::uint64_t digit = 0, zero = 0, comma = 0, space = 0, minus = 0, point = 0;
};

// Where 19 digits in a row end.
[[gnu::always_inline]] inline std::uint64_t long_runs(std::uint64_t digit) {
    const std::uint64_t two = digit & digit << 1;
    const std::uint64_t three = two & digit << 2;
    const std::uint64_t four = two & two << 2;
    const std::uint64_t eight = four & four << 4;
    return eight & eight << 8 & three << 16;
}

// The bytes at which the text is seen to be anything else, the first of them above all.
[[gnu::always_inline]] inline std::uint64_t foreign(const Classes& of) {
    const std::uint64_t number = of.digit | of.minus | of.point;
    const std::uint64_t behind_number = number << 1;
    const std::uint64_t behind_comma = of.comma << 1 | 1;
    const std::uint64_t begin = (behind_comma & ~of.space) | of.space << 1;  // where an element must begin
    const std::uint64_t integer = of.digit & ~(of.digit << 1 | of.point << 1);
    const std::uint64_t fraction = of.digit & of.point << 1;
    // Adding its first digit to a run of digits carries over to the byte behind the run.
    const std::uint64_t behind_fraction = (of.digit + fraction) & ~of.digit;

    return (of.space & ~behind_comma) | (begin & ~(of.digit | of.minus)) |          // what stands before an element
           (of.minus & ~begin) | (of.minus << 1 & ~of.digit) |                      // the sign
           (integer & ~(begin | of.minus << 1)) |                                   // the first digit
           ((of.zero & integer) << 1 & of.digit) |                                  // no 0 before a digit
           (of.point & ~(of.digit << 1)) | (of.point << 1 & ~of.digit) |            // the point, between digits,
           (behind_fraction & ~of.comma) | (behind_number & ~number & ~of.comma) |  // one to a number
           (of.comma & ~behind_number) | long_runs(of.digit);
}

[[gnu::always_inline]] inline PlainNumbers judge(const Classes& classes) {
    const std::uint64_t others = foreign(classes);
    const std::uint64_t before_others = others == 0 ? ~std::uint64_t{0} : (others & -others) - 1;
    return {static_cast<unsigned>(std::popcount(classes.comma & before_others)), others == 0};
}

std::uint64_t mask(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
std::uint64_t equal(__m128i bytes, char c) { return mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))); }

PlainNumbers with_sse2(const char* text) {
    Classes of;
    for (unsigned at = 0; at < kPlainNumbersWindow; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
        const __m128i above_zero = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        of.digit |= mask(_mm_cmpeq_epi8(_mm_min_epu8(above_zero, _mm_set1_epi8(9)), above_zero)) << at;
        of.zero |= equal(bytes, '0') << at;
        of.comma |= equal(bytes, ',') << at;
        of.space |= equal(bytes, ' ') << at;
        of.minus |= equal(bytes, '-') << at;
        of.point |= equal(bytes, '.') << at;
    }
    return judge(of);
}

AF_AVX2 inline std::uint64_t mask(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }
AF_AVX2 inline std::uint64_t equal(__m256i bytes, char c) {
    return mask(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)));
}

AF_AVX2 PlainNumbers with_avx2(const char* text) {
    Classes of;
    for (unsigned at = 0; at < kPlainNumbersWindow; at += 32) {
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at));
        const __m256i above_zero = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
        of.digit |= mask(_mm256_cmpeq_epi8(_mm256_min_epu8(above_zero, _mm256_set1_epi8(9)), above_zero)) << at;
        of.zero |= equal(bytes, '0') << at;
        of.comma |= equal(bytes, ',') << at;
        of.space |= equal(bytes, ' ') << at;
        of.minus |= equal(bytes, '-') << at;
        of.point |= equal(bytes, '.') << at;
    }
    return judge(of);
}

bool has_avx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

const auto kPlainNumbers = has_avx2() ? with_avx2 : with_sse2;

}  // namespace

PlainNumbers plain_numbers(const char* text) { return kPlainNumbers(text); }
#else
PlainNumbers plain_numbers(const char*) { return {}; }
#endif

}  // namespace af
