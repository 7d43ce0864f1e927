// What kinds of bytes the windows of a step hold. Included by json_sweep.cpp between json_lanes.hpp and json_kernel.hpp, once
// for each kind of processor; hence no guard.
//
// Source   Langdale and Lemire, Parsing Gigabytes of JSON per Second, VLDB Journal 28 (2019).

constexpr std::uint32_t kStep = kLanes * kJsonWindow;

// Bit i of a mask tells of byte i of its window.
struct Bytes {
    using Masks = std::array<std::uint64_t, kLanes>;
    alignas(64) Masks quote;
    alignas(64) Masks backslash;
    alignas(64) Masks comma;
    alignas(64) Masks colon;
    alignas(64) Masks open;  // of both kinds of brackets
    alignas(64) Masks close;
    alignas(64) Masks brace;  // tells braces from square brackets; of other bytes it says nothing
    alignas(64) Masks digit;
    alignas(64) Masks zero;
    alignas(64) Masks minus;
    alignas(64) Masks point;
    alignas(64) Masks space;    // ' '
    alignas(64) Masks control;  // below ' '
    alignas(64) Masks beyond_ascii;
};

// Braces have this bit, and are otherwise like square brackets.
constexpr char kBraceBit = 0x20;

#if AF_LANES == 8
inline std::uint64_t equal(__m512i bytes, char c) { return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c)); }

inline void look(const char* text, Bytes& of) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const __m512i bytes = _mm512_loadu_si512(text + lane * kJsonWindow);
        const __m512i as_brace = _mm512_or_si512(bytes, _mm512_set1_epi8(kBraceBit));
        const __m512i above_zero = _mm512_sub_epi8(bytes, _mm512_set1_epi8('0'));
        of.quote[lane] = equal(bytes, '"');
        of.backslash[lane] = equal(bytes, '\\');
        of.comma[lane] = equal(bytes, ',');
        of.colon[lane] = equal(bytes, ':');
        of.open[lane] = equal(as_brace, '{');
        of.close[lane] = equal(as_brace, '}');
        of.brace[lane] = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(kBraceBit));
        of.digit[lane] = _mm512_cmple_epu8_mask(above_zero, _mm512_set1_epi8(9));
        of.zero[lane] = equal(bytes, '0');
        of.minus[lane] = equal(bytes, '-');
        of.point[lane] = equal(bytes, '.');
        of.space[lane] = equal(bytes, ' ');
        of.control[lane] = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(' '));
        of.beyond_ascii[lane] = _mm512_cmplt_epi8_mask(bytes, _mm512_setzero_si512());
    }
}
#elif AF_LANES == 4
inline std::uint64_t mask(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }
inline std::uint64_t equal(__m256i bytes, char c) { return mask(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c))); }

inline void look(const char* text, Bytes& of) {
    of = Bytes{};
    for (std::size_t half = 0; half < 2 * kLanes; ++half) {
        const std::size_t lane = half / 2;
        const std::size_t at = half % 2 * 32;
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + half * 32));
        const __m256i as_brace = _mm256_or_si256(bytes, _mm256_set1_epi8(kBraceBit));
        const __m256i above_zero = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
        of.quote[lane] |= equal(bytes, '"') << at;
        of.backslash[lane] |= equal(bytes, '\\') << at;
        of.comma[lane] |= equal(bytes, ',') << at;
        of.colon[lane] |= equal(bytes, ':') << at;
        of.open[lane] |= equal(as_brace, '{') << at;
        of.close[lane] |= equal(as_brace, '}') << at;
        of.brace[lane] |= mask(_mm256_slli_epi16(bytes, 2)) << at;  // moves that bit to the top
        of.digit[lane] |= mask(_mm256_cmpeq_epi8(_mm256_min_epu8(above_zero, _mm256_set1_epi8(9)), above_zero)) << at;
        of.zero[lane] |= equal(bytes, '0') << at;
        of.minus[lane] |= equal(bytes, '-') << at;
        of.point[lane] |= equal(bytes, '.') << at;
        of.space[lane] |= equal(bytes, ' ') << at;
        of.control[lane] |= mask(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes)) << at;
        of.beyond_ascii[lane] |= mask(bytes) << at;
    }
}
#else
inline std::uint64_t mask(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
inline std::uint64_t equal(__m128i bytes, char c) { return mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))); }

inline void look(const char* text, Bytes& of) {
    of = Bytes{};
    for (std::size_t quarter = 0; quarter < 4 * kLanes; ++quarter) {
        const std::size_t lane = quarter / 4;
        const std::size_t at = quarter % 4 * 16;
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + quarter * 16));
        const __m128i as_brace = _mm_or_si128(bytes, _mm_set1_epi8(kBraceBit));
        const __m128i above_zero = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        of.quote[lane] |= equal(bytes, '"') << at;
        of.backslash[lane] |= equal(bytes, '\\') << at;
        of.comma[lane] |= equal(bytes, ',') << at;
        of.colon[lane] |= equal(bytes, ':') << at;
        of.open[lane] |= equal(as_brace, '{') << at;
        of.close[lane] |= equal(as_brace, '}') << at;
        of.brace[lane] |= mask(_mm_slli_epi16(bytes, 2)) << at;  // moves that bit to the top
        of.digit[lane] |= mask(_mm_cmpeq_epi8(_mm_min_epu8(above_zero, _mm_set1_epi8(9)), above_zero)) << at;
        of.zero[lane] |= equal(bytes, '0') << at;
        of.minus[lane] |= equal(bytes, '-') << at;
        of.point[lane] |= equal(bytes, '.') << at;
        of.space[lane] |= equal(bytes, ' ') << at;
        of.control[lane] |= mask(_mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes)) << at;
        of.beyond_ascii[lane] |= mask(bytes) << at;
    }
}
#endif
