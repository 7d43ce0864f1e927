// Masks of 64 bits, one for each byte of text, as many at once as a vector holds: "lanes", in the order of the text.
// What carries over from one bit to the next carries over from lane to lane, and from one step to the next. Part of
// stages/json_sweep.
//
// AF_LANES     1, 4 (AVX2) or 8 (AVX-512): how many. The file is included once for each kind of processor, into a
//              namespace of its own, by code that is compiled for that processor; hence no guard.
// AF_PEXT      1: the processor has pext, and is fast at it.
// AF_ICE_LAKE  1: there are 8, and the instructions that came to AVX-512 with Ice Lake and Zen 4. 0: without them.
// Source       of the adding: carry lookahead over the lanes, as big integers are added with AVX-512.

constexpr std::size_t kLanes = AF_LANES;
constexpr unsigned kAllLanes = (1u << kLanes) - 1;

struct Lanes {
#if AF_LANES == 8
    __m512i bits;
#elif AF_LANES == 4
    __m256i bits;
#else
    std::uint64_t bits;
#endif
};

#if AF_LANES == 8
inline Lanes none() { return {_mm512_setzero_si512()}; }
inline Lanes load(const std::uint64_t* from) { return {_mm512_loadu_si512(from)}; }
inline void store(std::uint64_t* to, Lanes of) { _mm512_storeu_si512(to, of.bits); }
inline Lanes operator&(Lanes a, Lanes b) { return {_mm512_and_si512(a.bits, b.bits)}; }
inline Lanes operator|(Lanes a, Lanes b) { return {_mm512_or_si512(a.bits, b.bits)}; }
inline Lanes operator^(Lanes a, Lanes b) { return {_mm512_xor_si512(a.bits, b.bits)}; }
inline Lanes operator~(Lanes a) { return {_mm512_xor_si512(a.bits, _mm512_set1_epi64(-1))}; }
inline bool any(Lanes a) { return _mm512_test_epi64_mask(a.bits, a.bits) != 0; }
#if !AF_ICE_LAKE
// Not the intrinsics: GCC 12 warns of what it has in them itself (its bug 105593).
using Numbers8 = std::uint64_t __attribute__((vector_size(64)));
template <unsigned kBits>
Lanes up(Lanes a) {
    return {reinterpret_cast<__m512i>(reinterpret_cast<Numbers8>(a.bits) << kBits)};
}
template <unsigned kBits>
Lanes down(Lanes a) {
    return {reinterpret_cast<__m512i>(reinterpret_cast<Numbers8>(a.bits) >> kBits)};
}
#endif
// Each lane's predecessor.
inline Lanes before(Lanes of, Lanes earlier) {
    return {__builtin_shufflevector(earlier.bits, of.bits, 7, 8, 9, 10, 11, 12, 13, 14)};
}
inline Lanes plain_sum(Lanes a, Lanes b) { return {_mm512_add_epi64(a.bits, b.bits)}; }
inline Lanes plain_difference(Lanes a, Lanes b) { return {_mm512_sub_epi64(a.bits, b.bits)}; }
// One bit for each lane: less as a number without sign; all bits are set; the highest bit is set.
inline unsigned less(Lanes a, Lanes b) { return _mm512_cmplt_epu64_mask(a.bits, b.bits); }
inline unsigned full(Lanes a) { return _mm512_cmpeq_epi64_mask(a.bits, _mm512_set1_epi64(-1)); }
inline unsigned top(Lanes a) { return _mm512_cmplt_epi64_mask(a.bits, _mm512_setzero_si512()); }
// All bits of the lanes whose bit is set.
inline Lanes spread(unsigned lanes) { return {_mm512_maskz_set1_epi64(static_cast<__mmask8>(lanes), -1)}; }
#elif AF_LANES == 4
inline Lanes none() { return {_mm256_setzero_si256()}; }
inline Lanes load(const std::uint64_t* from) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))}; }
inline void store(std::uint64_t* to, Lanes of) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), of.bits); }
inline Lanes operator&(Lanes a, Lanes b) { return {_mm256_and_si256(a.bits, b.bits)}; }
inline Lanes operator|(Lanes a, Lanes b) { return {_mm256_or_si256(a.bits, b.bits)}; }
inline Lanes operator^(Lanes a, Lanes b) { return {_mm256_xor_si256(a.bits, b.bits)}; }
inline Lanes operator~(Lanes a) { return {_mm256_xor_si256(a.bits, _mm256_set1_epi64x(-1))}; }
inline bool any(Lanes a) { return _mm256_testz_si256(a.bits, a.bits) == 0; }
template <unsigned kBits>
Lanes up(Lanes a) {
    return {_mm256_slli_epi64(a.bits, kBits)};
}
template <unsigned kBits>
Lanes down(Lanes a) {
    return {_mm256_srli_epi64(a.bits, kBits)};
}
inline Lanes before(Lanes of, Lanes earlier) {
    return {_mm256_permute4x64_epi64(_mm256_blend_epi32(of.bits, earlier.bits, 0xC0), _MM_SHUFFLE(2, 1, 0, 3))};
}
inline Lanes plain_sum(Lanes a, Lanes b) { return {_mm256_add_epi64(a.bits, b.bits)}; }
inline Lanes plain_difference(Lanes a, Lanes b) { return {_mm256_sub_epi64(a.bits, b.bits)}; }
inline unsigned top(Lanes a) { return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(a.bits))); }
inline unsigned less(Lanes a, Lanes b) {
    const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
    return top({_mm256_cmpgt_epi64(_mm256_xor_si256(b.bits, sign), _mm256_xor_si256(a.bits, sign))});
}
inline unsigned full(Lanes a) { return top({_mm256_cmpeq_epi64(a.bits, _mm256_set1_epi64x(-1))}); }
inline Lanes spread(unsigned lanes) {
    const __m256i each = _mm256_setr_epi64x(1, 2, 4, 8);
    return {_mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(lanes), each), each)};
}
#else
inline Lanes none() { return {0}; }
inline Lanes load(const std::uint64_t* from) { return {*from}; }
inline void store(std::uint64_t* to, Lanes of) { *to = of.bits; }
inline Lanes operator&(Lanes a, Lanes b) { return {a.bits & b.bits}; }
inline Lanes operator|(Lanes a, Lanes b) { return {a.bits | b.bits}; }
inline Lanes operator^(Lanes a, Lanes b) { return {a.bits ^ b.bits}; }
inline Lanes operator~(Lanes a) { return {~a.bits}; }
inline bool any(Lanes a) { return a.bits != 0; }
template <unsigned kBits>
Lanes up(Lanes a) {
    return {a.bits << kBits};
}
template <unsigned kBits>
Lanes down(Lanes a) {
    return {a.bits >> kBits};
}
inline Lanes before(Lanes, Lanes earlier) { return earlier; }
inline Lanes plain_sum(Lanes a, Lanes b) { return {a.bits + b.bits}; }
inline Lanes plain_difference(Lanes a, Lanes b) { return {a.bits - b.bits}; }
inline unsigned less(Lanes a, Lanes b) { return a.bits < b.bits; }
inline unsigned full(Lanes a) { return a.bits == ~std::uint64_t{0}; }
inline unsigned top(Lanes a) { return static_cast<unsigned>(a.bits >> 63); }
inline Lanes spread(unsigned lanes) { return {lanes ? ~std::uint64_t{0} : 0}; }
#endif

#if AF_ICE_LAKE
// Moves bits up, and lets in those of `lower` from above.
template <unsigned kBits>
Lanes up(Lanes a, Lanes lower) {
    return {_mm512_shldi_epi64(a.bits, lower.bits, kBits)};
}
// Each bit becomes whether the number of bits up to it, in its lane, is odd.
inline Lanes parity(Lanes a) {
    const __m512i ones = _mm512_set1_epi64(-1);
    const __m512i even = _mm512_clmulepi64_epi128(a.bits, ones, 0);
    const __m512i odd = _mm512_clmulepi64_epi128(a.bits, ones, 1);
    return {__builtin_shufflevector(even, odd, 0, 8, 2, 10, 4, 12, 6, 14)};
}
#else
template <unsigned kBits>
Lanes up(Lanes a, Lanes lower) {
    return up<kBits>(a) | down<64 - kBits>(lower);
}
inline Lanes parity(Lanes a) {
    Lanes odd = a ^ up<1>(a);
    odd = odd ^ up<2>(odd);
    odd = odd ^ up<4>(odd);
    odd = odd ^ up<8>(odd);
    odd = odd ^ up<16>(odd);
    return odd ^ up<32>(odd);
}
#endif

// Moves bits up, and lets in what fell off before.
template <unsigned kBits>
class Shift {
public:
    Lanes operator()(Lanes of) {
        const Lanes moved = up<kBits>(of, before(of, earlier_));
        earlier_ = of;
        return moved;
    }

private:
    Lanes earlier_ = none();
};

// Adds, with the carry from before.
class Sum {
public:
    Lanes operator()(Lanes a, Lanes b) {
        const Lanes sum = plain_sum(a, b);
        const unsigned passes = full(sum);  // a carry that comes in goes out
        const unsigned carries = (less(sum, a) << 1 | carry_) + passes;
        carry_ = carries >> kLanes;
        return plain_difference(sum, spread((carries ^ passes) & kAllLanes));  // less -1
    }
    bool carries() const { return carry_ != 0; }

private:
    unsigned carry_ = 0;
};

// From quotes to the bytes of strings, each from its opening quote to before its closing one.
class Insides {
public:
    Lanes operator()(Lanes quotes) {
        const Lanes odd = parity(quotes);
        unsigned odd_lanes = top(odd);  // up to the end of the lane, of the lanes before too
        for (unsigned by = 1; by < kLanes; by *= 2) odd_lanes ^= odd_lanes << by;
        const unsigned begin_open = odd_lanes << 1 ^ (open_ ? ~0u : 0u);
        const Lanes inside = odd ^ spread(begin_open & kAllLanes);
        open_ = ((odd_lanes >> (kLanes - 1) & 1) != 0) != open_;
        return inside;
    }
    bool is_open() const { return open_; }

private:
    bool open_ = false;
};
