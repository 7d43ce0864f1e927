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
constexpr std::uint8_t kBraceBit = 0x20;

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
    const __m512i brace_bit = each_byte(static_cast<char>(kBraceBit));
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
#else
#if AF_LANES == 4
inline std::uint64_t tops(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }
using Intrinsic = __m256i;
#else
inline std::uint64_t tops(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
using Intrinsic = __m128i;
#endif
constexpr std::size_t kWide = sizeof(Intrinsic);
using Wide = std::uint8_t __attribute__((vector_size(sizeof(Intrinsic))));

// The highest bit of each byte; a comparison sets all bits of those it holds for.
template <class Vector>
std::uint64_t mask(Vector bytes) {
    return tops(reinterpret_cast<Intrinsic>(bytes));
}

inline void look(const char* text, Bytes& of) {
    of = Bytes{};
    std::uint64_t beyond_ascii = 0;
    std::uint64_t rare = 0;
    for (std::size_t begin = 0; begin < kStep; begin += kWide) {
        const std::size_t lane = begin / kJsonWindow;
        const std::size_t at = begin % kJsonWindow;
        Wide bytes;
        std::memcpy(&bytes, text + begin, kWide);
        const Wide as_brace = bytes | kBraceBit;
        const Wide above_zero = bytes - '0';
        of.quote[lane] |= mask(bytes == '"') << at;
        of.backslash[lane] |= mask(bytes == '\\') << at;
        of.comma[lane] |= mask(bytes == ',') << at;
        of.colon[lane] |= mask(bytes == ':') << at;
        of.open[lane] |= mask(as_brace == '{') << at;
        of.close[lane] |= mask(as_brace == '}') << at;
        of.brace[lane] |= mask(bytes << 2) << at;  // moves that bit to the top
        of.digit[lane] |= mask(above_zero <= 9) << at;
        of.zero[lane] |= mask(bytes == '0') << at;
        of.minus[lane] |= mask(bytes == '-') << at;
        of.point[lane] |= mask(bytes == '.') << at;
        of.space[lane] |= mask(bytes == ' ') << at;
        of.control[lane] |= mask(bytes < ' ') << at;
        beyond_ascii |= mask(bytes);
        rare |= of.control[lane] | of.backslash[lane];
    }
    of.is_beyond_ascii = beyond_ascii != 0;
    of.has_controls_or_backslashes = rare != 0;
}
#endif
