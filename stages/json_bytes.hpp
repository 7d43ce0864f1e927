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

#if AF_LANES > 1
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

// Of bytes beyond ASCII they may be any. Before Ice Lake it takes four tables, the quarters of this one, looked into by
// the lower four bits of a byte; its bits 4 and 5 choose.
#if AF_ICE_LAKE
inline __m512i codes_of(__m512i bytes) {
    const __mmask64 all = ~__mmask64{0};  // GCC 12 warns of the form without a mask (its bug 105593)
    return _mm512_maskz_permutexvar_epi8(all, bytes, _mm512_load_si512(kCodes.data()));
}
#elif AF_LANES == 8
inline __m512i part_of_codes(std::size_t number) {
    const auto* part = reinterpret_cast<const __m128i*>(kCodes.data() + 16 * number);
    return _mm512_maskz_broadcast_i32x4(static_cast<__mmask16>(-1), _mm_load_si128(part));
}

inline __m512i codes_of(__m512i bytes) {
    const __mmask64 bit4 = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(1 << 4));
    const __mmask64 bit5 = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(1 << 5));
    __m512i codes = _mm512_maskz_shuffle_epi8(~(bit4 | bit5), part_of_codes(0), bytes);
    codes = _mm512_mask_shuffle_epi8(codes, bit4 & ~bit5, part_of_codes(1), bytes);
    codes = _mm512_mask_shuffle_epi8(codes, bit5 & ~bit4, part_of_codes(2), bytes);
    return _mm512_mask_shuffle_epi8(codes, bit4 & bit5, part_of_codes(3), bytes);
}
#else
inline __m256i part_of_codes(std::size_t number) {
    const auto* part = reinterpret_cast<const __m128i*>(kCodes.data() + 16 * number);
    return _mm256_broadcastsi128_si256(_mm_load_si128(part));
}

inline __m256i codes_of(__m256i bytes) {
    const __m256i bit4 = _mm256_slli_epi16(bytes, 3);  // at the top of each byte
    const __m256i bit5 = _mm256_slli_epi16(bytes, 2);
    const __m256i without5 = _mm256_blendv_epi8(_mm256_shuffle_epi8(part_of_codes(0), bytes),
                                                _mm256_shuffle_epi8(part_of_codes(1), bytes), bit4);
    const __m256i with5 = _mm256_blendv_epi8(_mm256_shuffle_epi8(part_of_codes(2), bytes),
                                             _mm256_shuffle_epi8(part_of_codes(3), bytes), bit4);
    return _mm256_blendv_epi8(without5, with5, bit5);
}
#endif

#if AF_LANES == 8
inline void look(const char* text, Bytes& of) {
    const __m512i bit4 = _mm512_set1_epi8(1 << 4);
    const __m512i bit5 = _mm512_set1_epi8(1 << 5);
    const __m512i bit6 = _mm512_set1_epi8(1 << 6);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const __m512i bytes = _mm512_loadu_si512(text + lane * kJsonWindow);
        const __m512i code = codes_of(bytes);
        // Not all in the same manner: different parts of the processor test bytes and read their highest bits.
        of.code7[lane] = _mm512_movepi8_mask(code);
        of.code6[lane] = _mm512_movepi8_mask(_mm512_add_epi8(code, code));
        of.code5[lane] = _mm512_test_epi8_mask(code, bit5);
        of.code4[lane] = _mm512_test_epi8_mask(code, bit4);
        of.byte7[lane] = _mm512_movepi8_mask(bytes);
        of.byte6[lane] = _mm512_test_epi8_mask(bytes, bit6);
    }
}
#else
inline std::uint64_t tops(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }

// A bit of each of 64 bytes.
template <int kBit>
std::uint64_t plane(__m256i first, __m256i second) {
    return tops(_mm256_slli_epi16(first, 7 - kBit)) | tops(_mm256_slli_epi16(second, 7 - kBit)) << 32;
}

inline void look(const char* text, Bytes& of) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const auto* from = reinterpret_cast<const __m256i*>(text + lane * kJsonWindow);
        const __m256i first = _mm256_loadu_si256(from);
        const __m256i second = _mm256_loadu_si256(from + 1);
        const __m256i first_code = codes_of(first);
        const __m256i second_code = codes_of(second);
        of.code7[lane] = plane<7>(first_code, second_code);
        of.code6[lane] = plane<6>(first_code, second_code);
        of.code5[lane] = plane<5>(first_code, second_code);
        of.code4[lane] = plane<4>(first_code, second_code);
        of.byte7[lane] = plane<7>(first, second);
        of.byte6[lane] = plane<6>(first, second);
    }
}
#endif

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

constexpr std::size_t kWide = sizeof(__m128i);
using Wide = std::uint8_t __attribute__((vector_size(sizeof(__m128i))));

// The highest bit of each byte; a comparison sets all bits of those it holds for.
template <class Vector>
std::uint64_t mask(Vector bytes) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(bytes)));
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
