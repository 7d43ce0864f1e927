// Whether the brackets of a text match. Included by json_way.inc between json_bytes.hpp and json_kernel.hpp, once for
// each kind of processor; hence no guard.

// The bits of `bits` where `mask` has one, side by side.
inline std::uint64_t compress(std::uint64_t bits, std::uint64_t mask) {
#if AF_PEXT
    return _pext_u64(bits, mask);
#else
    std::uint64_t found = 0;
    for (unsigned i = 0; mask != 0; ++i, mask &= mask - 1) found |= (bits >> lowest(mask) & 1) << i;
    return found;
#endif
}

inline unsigned count_of(std::uint64_t mask) { return static_cast<unsigned>(std::popcount(mask)); }

// How the depth goes, relative to where it begins.
struct Heights {
    std::int8_t end = 0, least = 0, most = 0;

    constexpr Heights followed_by(Heights next) const {
        const auto sum = [this](int height) { return static_cast<std::int8_t>(end + height); };
        return {sum(next.end), std::min(least, sum(next.least)), std::max(most, sum(next.most))};
    }
};

constexpr unsigned kTableBrackets = 8;

// By the bits of brackets, of which those that open are set, with one more bit that ends them.
constexpr auto kHeights = [] {
    std::array<Heights, 2 << kTableBrackets> table{};
    for (std::size_t i = 2; i < table.size(); ++i) {
        for (std::size_t bits = i; bits > 1; bits >>= 1) {
            table[i] = table[i].followed_by(bits % 2 != 0 ? Heights{1, 0, 1} : Heights{-1, -1, 0});
        }
    }
    return table;
}();

// Of some brackets, at most 64: which open.
struct Opens {
    std::uint64_t bits = 0;
    unsigned count = 0;

    Heights heights() const {
        Heights first;
        std::uint64_t left = bits;
        unsigned left_count = count;
        for (; left_count > kTableBrackets; left_count -= kTableBrackets, left >>= kTableBrackets) {
            first = first.followed_by(kHeights[(left & ((1u << kTableBrackets) - 1)) | (1u << kTableBrackets)]);
        }
        return first.followed_by(kHeights[left | (std::size_t{1} << left_count)]);
    }
};

// `open` and `close`: of a window.
inline Opens opens_of(std::uint64_t open, std::uint64_t close) {
    return {compress(open, open | close), count_of(open | close)};
}

// Of each bracket is known what kind of container it stands in, or, if it closes one, ends: that was told by what lies
// between it and the one before. What remains is that a container is of one kind throughout: behind a container in it,
// it is of the kind that it was before. So pairs without a bracket between them are compared with what follows and fall
// away, many at once, then those around them.
class Nesting {
public:
    Nesting() { words_[0] = {}; }

    // Those of a step, as masks of its windows. False: those before are wrong. `opens`: of the whole step; left as it
    // is when they are too many.
    bool append(const Masks& open, const Masks& close, const Masks& in_object, std::optional<Opens>& opens) {
        if (end_ > kMost && !reduce()) return false;
        unsigned count = 0;
        for (std::size_t lane = 0; lane < kLanes; ++lane) count += count_of(open[lane] | close[lane]);
        Writer to(*this);
        if (count > 64) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const Opens found = opens_of(open[lane], close[lane]);
                to.put({found.bits, compress(in_object[lane], open[lane] | close[lane])}, found.count);
            }
            return true;
        }
        Word all{};
        unsigned at = 0;
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const std::uint64_t brackets = open[lane] | close[lane];
            all.open |= compress(open[lane], brackets) << (at % 64);
            all.in_object |= compress(in_object[lane], brackets) << (at % 64);
            at += count_of(brackets);
        }
        to.put(all, count);
        opens = Opens{all.open, count};
        return true;
    }

    // Whether all are matched, with one pair around the others.
    bool finish() { return reduce() && end_ == 2 && words_[0].open == 1; }

private:
    // Never more than kPlainJson.depth are open, and only those, and the last pair, are left by reduce().
    static constexpr std::size_t kMost = std::size_t{64} * 64;

    struct Word {
        std::uint64_t open, in_object;
    };

    // Appends behind the last one. May be done while what is there is read, which then must be ahead.
    class Writer {
    public:
        explicit Writer(Nesting& to)
            : to_(to),
              word_(to.words_.data() + to.end_ / 64),
              at_(to.end_ % 64),
              open_(word_->open),
              in_object_(word_->in_object) {}
        ~Writer() {
            *word_ = {open_, in_object_};
            to_.end_ = static_cast<std::size_t>(word_ - to_.words_.data()) * 64 + at_;
        }
        Writer(const Writer&) = delete;
        Writer& operator=(const Writer&) = delete;

        void put(Word next, unsigned count) {
            open_ |= next.open << at_;
            in_object_ |= next.in_object << at_;
            const unsigned left = 63 - at_;
            at_ += count;
            if (at_ < 64) return;
            *word_++ = {open_, in_object_};
            open_ = next.open >> 1 >> left;
            in_object_ = next.in_object >> 1 >> left;
            at_ -= 64;
        }

    private:
        Nesting& to_;
        Word* word_;
        unsigned at_;
        std::uint64_t open_, in_object_;
    };

    bool reduce() {
        for (;;) {
            const std::size_t before = end_;
            if (!drop_pairs()) return false;
            if (end_ == before) return true;
        }
    }

    bool drop_pairs() {
        const std::size_t end = end_;
        const std::size_t last = end / 64;
        Word before{};
        std::uint64_t pairs_before = 0;  // their first brackets
        std::uint64_t wrong = 0;
        Word of = words_[0];
        words_[0] = {};
        end_ = 0;
        Writer to(*this);
        for (std::size_t i = 0; i <= last; ++i) {
            const Word next = i < last ? words_[i + 1] : Word{};
            // Only pairs that something follows.
            const std::uint64_t closes = ~of.open & bits_below(end - 1, i);
            const std::uint64_t closes_next = ~next.open & bits_below(end - 1, i + 1);
            const std::uint64_t pairs = of.open & (closes >> 1 | closes_next << 63);
            const std::uint64_t second = pairs << 1 | pairs_before >> 63;
            const std::uint64_t behind = pairs << 2 | pairs_before >> 62;
            wrong |= behind & (of.in_object ^ (of.in_object << 2 | before.in_object >> 62));
            const std::uint64_t kept = ~(pairs | second) & bits_below(end, i);
            to.put({compress(of.open, kept), compress(of.in_object, kept)}, count_of(kept));
            pairs_before = pairs;
            before = of;
            of = next;
        }
        return wrong == 0;
    }

    // Those of a word that come before `end`.
    static std::uint64_t bits_below(std::size_t end, std::size_t word) {
        const std::size_t begin = word * 64;
        if (end <= begin) return 0;
        return end - begin >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (end - begin)) - 1;
    }

    std::array<Word, kMost / 64 + kLanes + 1> words_;
    std::size_t end_ = 0;
};
