#include "stages/json_numbers.hpp"

#ifdef __SSE2__
#include <emmintrin.h>

#include <bit>
#include <cstdint>
#endif

namespace af {
#ifdef __SSE2__
namespace {

// Bit i tells of byte i.
struct Classes {
    std::uint64_t digit = 0, zero = 0, comma = 0, space = 0, minus = 0, point = 0;

    explicit Classes(const char* text) {
        for (unsigned at = 0; at < kPlainNumbersWindow; at += 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
            const auto equals = [&](char c) { return mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))) << at; };
            const __m128i above_zero = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
            digit |= mask(_mm_cmpeq_epi8(_mm_min_epu8(above_zero, _mm_set1_epi8(9)), above_zero)) << at;
            zero |= equals('0');
            comma |= equals(',');
            space |= equals(' ');
            minus |= equals('-');
            point |= equals('.');
        }
    }

private:
    static std::uint64_t mask(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
};

// Where 19 digits in a row end.
std::uint64_t long_runs(std::uint64_t digit) {
    const std::uint64_t two = digit & digit << 1;
    const std::uint64_t three = two & digit << 2;
    const std::uint64_t four = two & two << 2;
    const std::uint64_t eight = four & four << 4;
    return eight & eight << 8 & three << 16;
}

// The bytes at which the text is seen to be anything else, the first of them above all.
std::uint64_t foreign(const Classes& of) {
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

}  // namespace

PlainNumbers plain_numbers(const char* text) {
    const Classes classes(text);
    const std::uint64_t others = foreign(classes);
    const std::uint64_t before_others = others == 0 ? ~std::uint64_t{0} : (others & -others) - 1;
    return {static_cast<unsigned>(std::popcount(classes.comma & before_others)), others == 0};
}
#else
PlainNumbers plain_numbers(const char*) { return {}; }
#endif

}  // namespace af
