#include "stages/json_numbers.hpp"

#ifdef __SSE2__
#include <immintrin.h>

#include <bit>
#include <cstdint>
#endif

#include <vector>

namespace af {
#ifdef __SSE2__
namespace {

#define AF_AVX2 [[gnu::target("avx2,bmi,popcnt")]]
#define AF_AVX512 [[gnu::target("avx512f,avx512bw,bmi,popcnt")]]
#define AF_INLINE [[gnu::always_inline]] inline

constexpr std::size_t kWindow = 64;

// Of a window: bit i tells of byte i.
struct Classes {
    std::uint64_t digit = 0, zero = 0, comma = 0, space = 0, minus = 0, point = 0;
};

// Moves masks up by some bits, and lets in what fell off the window before.
template <unsigned kBits>
class Shift {
public:
    AF_INLINE std::uint64_t operator()(std::uint64_t mask) {
        const std::uint64_t moved = mask << kBits | before_ >> (64 - kBits);
        before_ = mask;
        return moved;
    }
    AF_INLINE void start_with(std::uint64_t mask) { before_ = mask; }

private:
    std::uint64_t before_ = 0;
};

// Looks at window after window. What is carried from one to the next is little, so the processor works on several at once.
class Judge {
public:
    AF_INLINE Judge() { behind_comma_.start_with(std::uint64_t{1} << 63); }

    // False: the window holds something else; what comes after it is no business of ours.
    AF_INLINE bool count(const Classes& of) {
        const std::uint64_t others = foreign(of);
        const std::uint64_t before_others = others == 0 ? ~std::uint64_t{0} : (others & -others) - 1;
        counted_ += static_cast<std::size_t>(std::popcount(of.comma & before_others));
        return others == 0;
    }
    AF_INLINE std::size_t counted() const { return counted_; }

private:
    // The bytes at which the text is seen to be anything else; the first of them counts.
    AF_INLINE std::uint64_t foreign(const Classes& of) {
        const std::uint64_t number = of.digit | of.minus | of.point;
        const std::uint64_t behind_number = behind_number_(number);
        const std::uint64_t behind_comma = behind_comma_(of.comma);
        const std::uint64_t behind_digit = behind_digit_(of.digit);
        const std::uint64_t behind_point = behind_point_(of.point);
        const std::uint64_t behind_minus = behind_minus_(of.minus);
        const std::uint64_t begin =
            (behind_comma & ~of.space) | behind_space_(of.space);                 // where an element must begin
        const std::uint64_t integer = of.digit & ~(behind_digit | behind_point);  // first digits

        return (of.space & ~behind_comma) | (begin & ~(of.digit | of.minus)) |  // what stands before an element
               (of.minus & ~begin) | (behind_minus & ~of.digit) |               // the sign
               (integer & ~(begin | behind_minus)) |                            // what stands before the first digit
               (behind_zero_(of.zero & integer) & of.digit) |                   // no 0 before a digit
               (of.point & ~behind_digit) | (behind_point & ~of.digit) |        // the point, between digits,
               (behind_fraction(of, behind_point) & ~of.comma) |                // one to a number
               (behind_number & ~number & ~of.comma) | (of.comma & ~behind_number) | long_runs(of.digit, behind_digit);
    }

    // Adding its first digit to a run of digits carries over to the byte behind the run.
    AF_INLINE std::uint64_t behind_fraction(const Classes& of, std::uint64_t behind_point) {
        std::uint64_t sum = 0;
        const bool first = __builtin_add_overflow(of.digit, of.digit & behind_point, &sum);
        const bool second = __builtin_add_overflow(sum, fraction_goes_on_, &sum);
        fraction_goes_on_ = first || second;
        return sum & ~of.digit;
    }

    // Where 19 digits in a row end.
    AF_INLINE std::uint64_t long_runs(std::uint64_t digit, std::uint64_t behind_digit) {
        const std::uint64_t two = digit & behind_digit;
        const std::uint64_t three = two & digit_by_2_(digit);
        const std::uint64_t four = two & two_by_2_(two);
        const std::uint64_t eight = four & four_by_4_(four);
        return eight & eight_by_8_(eight) & three_by_16_(three);
    }

    Shift<1> behind_number_, behind_comma_, behind_space_, behind_digit_, behind_point_, behind_minus_, behind_zero_;
    Shift<2> digit_by_2_, two_by_2_;
    Shift<4> four_by_4_;
    Shift<8> eight_by_8_;
    Shift<16> three_by_16_;
    std::uint64_t fraction_goes_on_ = 0;
    std::size_t counted_ = 0;
};

AF_INLINE std::uint64_t mask(__m128i bytes) { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
AF_INLINE std::uint64_t equal(__m128i bytes, char c) { return mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))); }

std::size_t with_sse2(std::string_view text) {
    Judge judge;
    for (bool plain = true; plain && text.size() >= kWindow; text.remove_prefix(kWindow)) {
        Classes of;
        for (unsigned at = 0; at < kWindow; at += 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
            const __m128i above_zero = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
            of.digit |= mask(_mm_cmpeq_epi8(_mm_min_epu8(above_zero, _mm_set1_epi8(9)), above_zero)) << at;
            of.zero |= equal(bytes, '0') << at;
            of.comma |= equal(bytes, ',') << at;
            of.space |= equal(bytes, ' ') << at;
            of.minus |= equal(bytes, '-') << at;
            of.point |= equal(bytes, '.') << at;
        }
        plain = judge.count(of);
    }
    return judge.counted();
}

AF_AVX2 inline std::uint64_t mask(__m256i bytes) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes)); }
AF_AVX2 inline std::uint64_t equal(__m256i bytes, char c) {
    return mask(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)));
}

AF_AVX2 std::size_t with_avx2(std::string_view text) {
    Judge judge;
    for (bool plain = true; plain && text.size() >= kWindow; text.remove_prefix(kWindow)) {
        Classes of;
        for (unsigned at = 0; at < kWindow; at += 32) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + at));
            const __m256i above_zero = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
            of.digit |= mask(_mm256_cmpeq_epi8(_mm256_min_epu8(above_zero, _mm256_set1_epi8(9)), above_zero)) << at;
            of.zero |= equal(bytes, '0') << at;
            of.comma |= equal(bytes, ',') << at;
            of.space |= equal(bytes, ' ') << at;
            of.minus |= equal(bytes, '-') << at;
            of.point |= equal(bytes, '.') << at;
        }
        plain = judge.count(of);
    }
    return judge.counted();
}

AF_AVX512 inline std::uint64_t equal(__m512i bytes, char c) { return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c)); }

AF_AVX512 std::size_t with_avx512(std::string_view text) {
    Judge judge;
    for (bool plain = true; plain && text.size() >= kWindow; text.remove_prefix(kWindow)) {
        const __m512i bytes = _mm512_loadu_si512(text.data());
        const __m512i above_zero = _mm512_sub_epi8(bytes, _mm512_set1_epi8('0'));
        Classes of;
        of.digit = _mm512_cmple_epu8_mask(above_zero, _mm512_set1_epi8(9));
        of.zero = equal(bytes, '0');
        of.comma = equal(bytes, ',');
        of.space = equal(bytes, ' ');
        of.minus = equal(bytes, '-');
        of.point = equal(bytes, '.');
        plain = judge.count(of);
    }
    return judge.counted();
}

}  // namespace

std::vector<PlainNumbers> plain_numbers_here() {
    std::vector<PlainNumbers> ways{with_sse2};
    const bool has_bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    if (has_bits && __builtin_cpu_supports("avx2")) ways.push_back(with_avx2);
    if (has_bits && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) ways.push_back(with_avx512);
    return ways;
}
#else
namespace {
std::size_t none(std::string_view) { return 0; }
}  // namespace
std::vector<PlainNumbers> plain_numbers_here() { return {none}; }
#endif

std::size_t plain_numbers(std::string_view text) {
    static const PlainNumbers widest = plain_numbers_here().back();
    return widest(text);
}

}  // namespace af
