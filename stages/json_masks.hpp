// What kinds of bytes 64 bytes of JSON are: bit i of a mask tells of byte i. Part of stages/json_sweep.
//
// Source   Langdale and Lemire, Parsing Gigabytes of JSON per Second, VLDB Journal 28 (2019).
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define AF_INLINE [[gnu::always_inline]] inline

namespace af {

inline constexpr std::size_t kJsonWindow = 64;

struct JsonMasks {
    std::uint64_t quote = 0, backslash = 0, comma = 0, colon = 0;
    std::uint64_t open = 0, close = 0;  // of both kinds of brackets
    std::uint64_t brace = 0;            // tells braces from square brackets; of other bytes it says nothing
    std::uint64_t digit = 0, zero = 0, minus = 0, point = 0;
    std::uint64_t space = 0;    // ' '
    std::uint64_t control = 0;  // below ' '
    std::uint64_t beyond_ascii = 0;
};

#ifdef __x86_64__

#define AF_AVX2 [[gnu::target("avx2,bmi,lzcnt,popcnt")]]
#define AF_AVX512 [[gnu::target("avx512f,avx512bw,bmi,lzcnt,popcnt")]]

namespace detail {

// Opening and closing brackets of both kinds differ from each other in this bit, which is set in braces.
inline constexpr char kBraceBit = 0x20;

AF_INLINE std::uint64_t mask(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
AF_INLINE std::uint64_t equal(__m128i bytes, char c) { return mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))); }
AF_AVX2 AF_INLINE std::uint64_t mask(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }
AF_AVX2 AF_INLINE std::uint64_t equal(__m256i bytes, char c) {
    return mask(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)));
}
AF_AVX512 AF_INLINE std::uint64_t equal(__m512i bytes, char c) {
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
}

}  // namespace detail

AF_INLINE JsonMasks json_masks_sse2(const char* text) {
    using namespace detail;
    JsonMasks of;
    for (unsigned at = 0; at < kJsonWindow; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
        const __m128i as_brace = _mm_or_si128(bytes, _mm_set1_epi8(kBraceBit));
        const __m128i above_zero = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        of.quote |= equal(bytes, '"') << at;
        of.backslash |= equal(bytes, '\\') << at;
        of.comma |= equal(bytes, ',') << at;
        of.colon |= equal(bytes, ':') << at;
        of.open |= equal(as_brace, '{') << at;
        of.close |= equal(as_brace, '}') << at;
        of.brace |= mask(_mm_slli_epi16(bytes, 2)) << at;  // moves that bit to the top
        of.digit |= mask(_mm_cmpeq_epi8(_mm_min_epu8(above_zero, _mm_set1_epi8(9)), above_zero)) << at;
        of.zero |= equal(bytes, '0') << at;
        of.minus |= equal(bytes, '-') << at;
        of.point |= equal(bytes, '.') << at;
        of.space |= equal(bytes, ' ') << at;
        of.control |= mask(_mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes)) << at;
        of.beyond_ascii |= mask(bytes) << at;
    }
    return of;
}

AF_AVX2 AF_INLINE JsonMasks json_masks_avx2(const char* text) {
    using namespace detail;
    JsonMasks of;
    for (unsigned at = 0; at < kJsonWindow; at += 32) {
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at));
        const __m256i as_brace = _mm256_or_si256(bytes, _mm256_set1_epi8(kBraceBit));
        const __m256i above_zero = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
        of.quote |= equal(bytes, '"') << at;
        of.backslash |= equal(bytes, '\\') << at;
        of.comma |= equal(bytes, ',') << at;
        of.colon |= equal(bytes, ':') << at;
        of.open |= equal(as_brace, '{') << at;
        of.close |= equal(as_brace, '}') << at;
        of.brace |= mask(_mm256_slli_epi16(bytes, 2)) << at;
        of.digit |= mask(_mm256_cmpeq_epi8(_mm256_min_epu8(above_zero, _mm256_set1_epi8(9)), above_zero)) << at;
        of.zero |= equal(bytes, '0') << at;
        of.minus |= equal(bytes, '-') << at;
        of.point |= equal(bytes, '.') << at;
        of.space |= equal(bytes, ' ') << at;
        of.control |= mask(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes)) << at;
        of.beyond_ascii |= mask(bytes) << at;
    }
    return of;
}

AF_AVX512 AF_INLINE JsonMasks json_masks_avx512(const char* text) {
    using namespace detail;
    const __m512i bytes = _mm512_loadu_si512(text);
    const __m512i as_brace = _mm512_or_si512(bytes, _mm512_set1_epi8(kBraceBit));
    const __m512i above_zero = _mm512_sub_epi8(bytes, _mm512_set1_epi8('0'));
    JsonMasks of;
    of.quote = equal(bytes, '"');
    of.backslash = equal(bytes, '\\');
    of.comma = equal(bytes, ',');
    of.colon = equal(bytes, ':');
    of.open = equal(as_brace, '{');
    of.close = equal(as_brace, '}');
    of.brace = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(kBraceBit));
    of.digit = _mm512_cmple_epu8_mask(above_zero, _mm512_set1_epi8(9));
    of.zero = equal(bytes, '0');
    of.minus = equal(bytes, '-');
    of.point = equal(bytes, '.');
    of.space = equal(bytes, ' ');
    of.control = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
    of.beyond_ascii = _mm512_movepi8_mask(bytes);
    return of;
}

#endif

}  // namespace af
