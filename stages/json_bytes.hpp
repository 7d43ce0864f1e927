// What kinds of bytes the windows of a step hold. Included by json_way.inc between json_lanes.hpp and json_nesting.hpp,
// once for each kind of processor; hence no guard.
//
// How      look() goes over the text and leaves masks in memory; kinds() and its like read them one step later. They
//          are written one by one and read side by side, and so have to reach the cache in between.
// Source   Langdale and Lemire, Parsing Gigabytes of JSON per Second, VLDB Journal 28 (2019).

constexpr std::uint32_t kStep = kLanes * kJsonWindow;

// Bit i of a mask tells of byte i of its window.
using Masks = std::array<std::uint64_t, kLanes>;

inline Lanes load(const Masks& from) { return load(from.data()); }
inline void store(Masks& to, Lanes of) { store(to.data(), of); }

// Bytes outside of strings.
struct Kinds {
    Lanes comma, colon;
    Lanes open, close;  // of both kinds of brackets
    Lanes brace;        // tells braces from square brackets; of other bytes it says nothing
    Lanes digit, zero, minus, point;
    Lanes space;  // ' '; the other blanks are added by Sweep
};

// Bytes inside and outside of strings of which there are few.
struct Rare {
    Lanes control;  // below ' '
    Lanes backslash;
};

#if AF_ICE_LAKE
// A code for each value of a byte's lower six bits. With the upper two, which are kept as they are, it tells all kinds
// of bytes: one look into a table and six bits of each byte, instead of a comparison with each kind.
enum : std::uint8_t {
    kQuote = 0x10,
    kComma = 0x20,
    kColon = 0x30,
    kZero = 0x40,  // bits 7 and 6 are 01: what numbers have
    kDigit = 0x50,
    kMinus = 0x60,
    kPoint = 0x70,
    kSpace = 0x80,
    kControl = 0x90,
    kBackslash = 0xA0,    // or a control character
    kOpenSquare = 0xC0,   // bits 7 and 6 are 11: brackets. Bit 5: it closes. Bit 4: a brace
    kOpenBrace = 0xD0,    // or ';'
    kCloseSquare = 0xE0,  // this and kOpenSquare: or a control character
    kCloseBrace = 0xF0,   // or '='
};

alignas(64) constexpr auto kCodes = [] {
    std::array<std::uint8_t, 64> codes{};
    const auto set = [&codes](char c, std::uint8_t code) { codes[static_cast<unsigned char>(c) % 64] = code; };
    for (char c = 0; c < ' '; ++c) set(c, kControl);
    for (char c = '1'; c <= '9'; ++c) set(c, kDigit);
    set('0', kZero);
    set('"', kQuote);
    set(',', kComma);
    set(':', kColon);
    set('-', kMinus);
    set('.', kPoint);
    set(' ', kSpace);
    set('\\', kBackslash);
    set('[', kOpenSquare);
    set(']', kCloseSquare);
    set('{', kOpenBrace);
    set('}', kCloseBrace);
    return codes;
}();

// The bits of the codes, and of the bytes themselves.
struct Bytes {
    alignas(64) Masks code7, code6, code5, code4, byte7, byte6;
};

inline void look(const char* text, Bytes& of) {
    const __m512i codes = _mm512_load_si512(kCodes.data());
    const __mmask64 all = ~__mmask64{0};  // GCC 12 warns of the form without a mask (its bug 105593)
    const __m512i bit4 = _mm512_set1_epi8(1 << 4);
    const __m512i bit5 = _mm512_set1_epi8(1 << 5);
    const __m512i bit6 = _mm512_set1_epi8(1 << 6);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const __m512i bytes = _mm512_loadu_si512(text + lane * kJsonWindow);
        const __m512i code = _mm512_maskz_permutexvar_epi8(all, bytes, codes);
        // Not all in the same manner: different parts of the processor test bytes and read their highest bits.
        of.code7[lane] = _mm512_movepi8_mask(code);
        of.code6[lane] = _mm512_movepi8_mask(_mm512_add_epi8(code, code));
        of.code5[lane] = _mm512_test_epi8_mask(code, bit5);
        of.code4[lane] = _mm512_test_epi8_mask(code, bit4);
        of.byte7[lane] = _mm512_movepi8_mask(bytes);
        of.byte6[lane] = _mm512_test_epi8_mask(bytes, bit6);
    }
}

inline Lanes beyond_ascii(const Bytes& of) { return load(of.byte7); }

inline Lanes quotes(const Bytes& of) {
    return load(of.code4) & ~load(of.code5) & ~(load(of.code6) | load(of.code7)) & ~(load(of.byte6) | load(of.byte7));
}

inline Rare rare(const Bytes& of) {
    const Lanes code7 = load(of.code7);
    const Lanes code6 = load(of.code6);
    const Lanes code5 = load(of.code5);
    const Lanes code4 = load(of.code4);
    const Lanes low = ~(load(of.byte6) | load(of.byte7));
    const Lanes like_backslash = code7 & ~code6 & code5;
    const Lanes like_square = code7 & code6 & ~code4;
    const Lanes like_others = code7 & ~code6 & code4;
    return {.control = low & (like_backslash | like_square | like_others),
            .backslash = like_backslash & load(of.byte6) & ~load(of.byte7)};
}

inline Kinds kinds(const Bytes& of, Lanes outside) {
    const Lanes code7 = load(of.code7);
    const Lanes code6 = load(of.code6);
    const Lanes code5 = load(of.code5);
    const Lanes code4 = load(of.code4);
    const Lanes ascii = outside & ~load(of.byte7);
    const Lanes low = ascii & ~load(of.byte6);
    const Lanes brackets = ascii & load(of.byte6) & (code7 & code6);
    const Lanes numbers = low & ~code7 & code6;
    const Lanes marks = low & ~(code7 | code6);
    return {.comma = marks & code5 & ~code4,
            .colon = marks & code5 & code4,
            .open = brackets & ~code5,
            .close = brackets & code5,
            .brace = code4,
            .digit = numbers & ~code5,
            .zero = numbers & ~(code5 | code4),
            .minus = numbers & code5 & ~code4,
            .point = numbers & code5 & code4,
            .space = low & code7 & ~code6 & ~(code5 | code4)};
}
#else
struct Bytes {
    alignas(64) Masks quote, comma, colon, open, close, brace, digit, zero, minus, point, space, control, backslash,
        beyond_ascii;
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

inline void look(const char* text, Bytes& of) {
    const __m512i quote = each_byte('"');
    const __m512i backslash = each_byte('\\');
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
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const __m512i bytes = _mm512_loadu_si512(text + lane * kJsonWindow);
        const __m512i as_brace = _mm512_or_si512(bytes, brace_bit);
        of.quote[lane] = _mm512_cmpeq_epi8_mask(bytes, quote);
        of.backslash[lane] = _mm512_cmpeq_epi8_mask(bytes, backslash);
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
        of.control[lane] = _mm512_cmplt_epu8_mask(bytes, space);
        of.beyond_ascii[lane] = _mm512_movepi8_mask(bytes);
    }
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
        of.beyond_ascii[lane] |= mask(bytes) << at;
    }
}
#endif

inline Lanes beyond_ascii(const Bytes& of) { return load(of.beyond_ascii); }

inline Lanes quotes(const Bytes& of) { return load(of.quote); }

inline Rare rare(const Bytes& of) { return {.control = load(of.control), .backslash = load(of.backslash)}; }

inline Kinds kinds(const Bytes& of, Lanes outside) {
    return {.comma = load(of.comma) & outside,
            .colon = load(of.colon) & outside,
            .open = load(of.open) & outside,
            .close = load(of.close) & outside,
            .brace = load(of.brace),
            .digit = load(of.digit) & outside,
            .zero = load(of.zero) & outside,
            .minus = load(of.minus) & outside,
            .point = load(of.point) & outside,
            .space = load(of.space) & outside};
}
#endif
