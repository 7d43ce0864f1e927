// What kinds of bytes the windows of a step hold. Included by json_sweep.cpp between json_lanes.hpp and json_kernel.hpp,
// once for each kind of processor; hence no guard.
//
// Source   Langdale and Lemire, Parsing Gigabytes of JSON per Second, VLDB Journal 28 (2019).

constexpr std::uint32_t kStep = kLanes * kJsonWindow;

// Bit i of a mask tells of byte i of its window.
struct Bytes {
    using Masks = std::array<std::uint64_t, kLanes>;
    alignas(64) Masks quote;
    alignas(64) Masks comma;
    alignas(64) Masks colon;
    alignas(64) Masks open;  // of both kinds of brackets
    alignas(64) Masks close;
    alignas(64) Masks brace;  // tells braces from square brackets; of other bytes it says nothing
    alignas(64) Masks digit;
    alignas(64) Masks zero;
    alignas(64) Masks minus;
    alignas(64) Masks point;
    alignas(64) Masks space;  // ' '

    // Without them the next two are not told.
    bool has_controls_or_backslashes;
    alignas(64) Masks control;  // below ' '
    alignas(64) Masks backslash;

    bool is_beyond_ascii;  // of any window
};

// Braces have this bit, and are otherwise like square brackets.
constexpr char kBraceBit = 0x20;

#if AF_LANES == 8
// 64 times `c`. Hidden from the compiler, which makes such vectors anew each time, with the one part of the processor
// that can compare bytes.
inline __m512i each_byte(char c) {
    __m512i bytes = _mm512_set1_epi8(c);
    asm("" : "+v"(bytes));
    return bytes;
}

inline void look_for_rare(const char* text, Bytes& of) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const __m512i bytes = _mm512_loadu_si512(text + lane * kJsonWindow);
        of.control[lane] = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(' '));
        of.backslash[lane] = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
    }
}

inline void look(const char* text, Bytes& of) {
    const __m512i quote = each_byte('"');
    const __m512i comma = each_byte(',');
    const __m512i colon = each_byte(':');
    const __m512i open_brace = each_byte('{');
    const __m512i close_brace = each_byte('}');
    const __m512i brace_bit = each_byte(kBraceBit);
    const __m512i zero = each_byte('0');
    const __m512i nine = each_byte(9);
    const __m512i minus = each_byte('-');
    const __m512i point = each_byte('.');
    const __m512i space = each_byte(' ');
    const __m512i backslash = each_byte('\\');
    __m512i all = _mm512_setzero_si512();
    __m512i least = backslash;
    __m512i least_but_backslash = backslash;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const __m512i bytes = _mm512_loadu_si512(text + lane * kJsonWindow);
        const __m512i as_brace = _mm512_or_si512(bytes, brace_bit);
        of.quote[lane] = _mm512_cmpeq_epi8_mask(bytes, quote);
        of.comma[lane] = _mm512_cmpeq_epi8_mask(bytes, comma);
        of.colon[lane] = _mm512_cmpeq_epi8_mask(bytes, colon);
        of.open[lane] = _mm512_cmpeq_epi8_mask(as_brace, open_brace);
        of.close[lane] = _mm512_cmpeq_epi8_mask(as_brace, close_brace);
        of.brace[lane] = _mm512_movepi8_mask(_mm512_slli_epi16(bytes, 2));  // moves that bit to the top
        of.digit[lane] = _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, zero), nine);
        of.zero[lane] = _mm512_cmpeq_epi8_mask(bytes, zero);
        of.minus[lane] = _mm512_cmpeq_epi8_mask(bytes, minus);
        of.point[lane] = _mm512_cmpeq_epi8_mask(bytes, point);
        of.space[lane] = _mm512_cmpeq_epi8_mask(bytes, space);
        all = _mm512_or_si512(all, bytes);
        least = _mm512_min_epu8(least, bytes);
        least_but_backslash = _mm512_min_epu8(least_but_backslash, _mm512_xor_si512(bytes, backslash));
    }
    const auto has_control = _mm512_cmplt_epu8_mask(least, space);
    const auto has_backslash = _mm512_testn_epi8_mask(least_but_backslash, least_but_backslash);
    of.is_beyond_ascii = _mm512_movepi8_mask(all) != 0;
    of.has_controls_or_backslashes = (has_control | has_backslash) != 0;
    if (of.has_controls_or_backslashes) look_for_rare(text, of);
}
#elif AF_LANES == 4
inline std::uint64_t mask(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }
inline std::uint64_t equal(__m256i bytes, char c) { return mask(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c))); }

inline void look(const char* text, Bytes& of) {
    of = Bytes{};
    std::uint64_t beyond_ascii = 0;
    std::uint64_t rare = 0;
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
        beyond_ascii |= mask(bytes);
        rare |= of.control[lane] | of.backslash[lane];
    }
    of.is_beyond_ascii = beyond_ascii != 0;
    of.has_controls_or_backslashes = rare != 0;
}
#else
inline std::uint64_t mask(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
inline std::uint64_t equal(__m128i bytes, char c) { return mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))); }

inline void look(const char* text, Bytes& of) {
    of = Bytes{};
    std::uint64_t beyond_ascii = 0;
    std::uint64_t rare = 0;
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
        beyond_ascii |= mask(bytes);
        rare |= of.control[lane] | of.backslash[lane];
    }
    of.is_beyond_ascii = beyond_ascii != 0;
    of.has_controls_or_backslashes = rare != 0;
}
#endif
