#include "stages/json_sweep.hpp"

#include "stages/json_escape.hpp"
#include "stages/json_grammar.hpp"
#include "stages/record_index.hpp"

#include <simdjson.h>
#include <algorithm>
#include <bit>
#include <cstring>

namespace af {

#ifdef __x86_64__

namespace {

constexpr std::size_t kExponentBytes = 1 + 1 + kPlainJson.exponent_digits;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
bool may_follow_value(char c) { return c == ',' || c == '}' || c == ']' || is_space(c); }

unsigned lowest(std::uint64_t mask) { return static_cast<unsigned>(std::countr_zero(mask)); }
unsigned highest(std::uint64_t mask) { return 63 - static_cast<unsigned>(std::countl_zero(mask)); }
std::uint32_t count(std::uint64_t mask) { return static_cast<std::uint32_t>(std::popcount(mask)); }

// Bytes that belong to a longer token which was looked at as a whole; some lie in the next window.
class Claims {
public:
    AF_INLINE void next_window() {
        here = there_;
        there_ = 0;
    }
    void add(unsigned at, std::size_t bytes) {
        const std::uint64_t run = (std::uint64_t{1} << bytes) - 1;
        here |= run << at;
        if (at > 0) there_ |= run >> (64 - at);
    }
    std::uint64_t here = 0;

private:
    std::uint64_t there_ = 0;
};

}  // namespace

// One text.
class JsonSweepRun {
public:
    JsonSweepRun(std::string_view text, std::array<std::vector<JsonField>, 2>& fields, std::uint32_t base,
                 std::vector<std::uint32_t>& words)
        : text_(text), fields_(fields), base_(base), words_(words) {
        for (auto& level : fields_) level.clear();
    }

    // What the masks have in common from one window to the next, kept apart so that it can live in registers.
    struct Carried {
        JsonStrings strings;
        JsonNumbers numbers;
        JsonOrder order;
        Claims words, exponents;
        std::uint64_t beyond_ascii = 0;
    };

    // False: not accepted.
    AF_INLINE bool window(JsonMasks of, std::uint32_t at, Carried& carried) {
        std::uint64_t escapes = 0;
        const std::uint64_t inside = carried.strings.inside(of.quote, of.backslash, escapes);
        const std::uint64_t outside = ~inside;
        carried.beyond_ascii |= of.beyond_ascii;
        if (escapes != 0 && !escapes_are_valid(escapes & inside, at)) return false;
        if (of.control != 0 && !add_tabs(of, inside, at)) return false;

        carried.words.next_window();
        carried.exponents.next_window();
        const std::uint64_t known = of.quote | of.comma | of.colon | of.open | of.close | of.digit | of.minus | of.point |
                                    of.space | carried.words.here | carried.exponents.here | inside;
        if (~known != 0 && !claim(~known, at, carried)) return false;
        const std::uint64_t plain = outside & ~carried.exponents.here;

        const auto number = carried.numbers.look(of.digit & plain, of.zero & plain, of.minus & plain, of.point & plain,
                                                 carried.exponents.here);
        const JsonTokens tokens{.inside = inside,
                                .quote = of.quote,
                                .spaces = of.space & outside,
                                .comma = of.comma & outside,
                                .colon = of.colon & outside,
                                .open = of.open & outside,
                                .close = of.close & outside,
                                .brace = of.brace,
                                .number_starts = number.starts,
                                .behind_numbers = number.behind,
                                .words = carried.words.here};
        const auto order = carried.order.look(tokens);
        if ((number.wrong | order.wrong) != 0) return false;
        if (!nest(tokens, order.empty, at)) return false;
        if (of.quote != 0) note_quotes(of.quote, at);
        return true;
    }

    std::uint32_t finish(const Carried& carried) {
        const bool ended = depth_ == 0 && commas_ == 0 && colons_ == 0 && !carried.strings.is_open();
        if (!ended) return 0;
        if (carried.beyond_ascii != 0 && !simdjson::validate_utf8(text_.data(), text_.size())) return 0;
        if (has_escapes_ && has_escaped_key(fields_[0])) return 0;
        return append_fields(fields_[0], base_, words_);
    }

private:
    struct Container {
        std::uint32_t commas, colons;
        bool is_object;
    };

    std::string_view rest(std::uint32_t from) const { return text_.substr(from); }

    // `starts`: backslashes that begin an escape.
    [[gnu::noinline]] bool escapes_are_valid(std::uint64_t starts, std::uint32_t at) {
        has_escapes_ = true;
        for (; starts != 0; starts &= starts - 1) {
            const std::uint32_t start = at + lowest(starts);
            if (start < escapes_until_) continue;  // the second half of a pair
            const std::size_t length = json_escape_length(rest(start));
            if (length == 0) return false;
            escapes_until_ = start + static_cast<std::uint32_t>(length);
        }
        return true;
    }

    // Of control characters, tabs and carriage returns are spaces outside of strings.
    [[gnu::noinline]] bool add_tabs(JsonMasks& of, std::uint64_t inside, std::uint32_t at) const {
        if ((of.control & inside) != 0) return false;
        for (std::uint64_t left = of.control; left != 0; left &= left - 1) {
            if (!is_space(text_[at + lowest(left)])) return false;
        }
        of.space |= of.control;
        return true;
    }

    // Bytes of which nothing is known begin a word, or the exponent of a number.
    [[gnu::noinline]] bool claim(std::uint64_t unknown, std::uint32_t at, Carried& carried) const {
        while (unknown != 0) {
            const unsigned bit = lowest(unknown);
            const std::uint32_t start = at + bit;
            const bool is_exponent = (text_[start] | 0x20) == 'e';
            const std::size_t bytes = is_exponent ? exponent_at(start) : word_at(start);
            if (bytes == 0) return false;
            (is_exponent ? carried.exponents : carried.words).add(bit, bytes);
            unknown &= ~(carried.exponents.here | carried.words.here);
        }
        return true;
    }

    std::size_t word_at(std::uint32_t start) const {
        for (const std::string_view word : {"true", "false", "null"}) {
            const std::string_view left = rest(start);
            if (left.starts_with(word) && left.size() > word.size() && may_follow_value(left[word.size()])) return word.size();
        }
        return 0;
    }

    // The number, which is what stands before it too, is not too long.
    std::size_t exponent_at(std::uint32_t start) const {
        if (start == 0 || !is_digit(text_[start - 1])) return 0;
        const std::string_view left = rest(start);
        std::size_t end = 1;
        if (end < left.size() && (left[end] == '+' || left[end] == '-')) ++end;
        const std::size_t digits = end;
        while (end < left.size() && is_digit(left[end]) && end < kExponentBytes + 1) ++end;
        if (end == digits || end - digits > kPlainJson.exponent_digits || end == left.size()) return 0;
        if (!may_follow_value(left[end])) return 0;
        std::uint32_t begin = start;
        while (begin > 0 && (is_digit(text_[begin - 1]) || text_[begin - 1] == '.' || text_[begin - 1] == '-')) --begin;
        return start + end - begin > kPlainJson.number_length ? 0 : end;
    }

    bool is_noted() const { return depth_ == 1 || (depth_ == 2 && stack_[2].is_object); }

    // Follows brackets, and of the containers whose members are noted colons and commas too.
    AF_INLINE bool nest(const JsonTokens& of, std::uint64_t empty, std::uint32_t at) {
        const std::uint64_t brackets = of.open | of.close;
        std::uint64_t unseen = ~std::uint64_t{0};
        std::uint64_t uncounted = unseen;
        for (;;) {
            const std::uint64_t events = (brackets | (is_noted() ? of.comma | of.colon : 0)) & unseen;
            if (events == 0) break;
            const std::uint64_t event = events & -events;
            const std::uint32_t position = at + lowest(event);
            unseen = ~(event | (event - 1));
            if (event & brackets) {
                commas_ += count(of.comma & uncounted & ~unseen);
                colons_ += count(of.colon & uncounted & ~unseen);
                uncounted = unseen;
                const bool is_brace = (event & of.brace) != 0;
                const bool right = event & of.open ? open(is_brace) : close(is_brace, (event & empty) != 0, position);
                if (!right) return false;
            } else if (event & of.colon) {
                note_key(of.quote & (event - 1), at, position);
            } else {
                end_value(position);
            }
        }
        commas_ += count(of.comma & uncounted);
        colons_ += count(of.colon & uncounted);
        return true;
    }

    AF_INLINE bool open(bool is_object) {
        if (depth_ == kPlainJson.depth) return false;
        stack_[depth_].commas = commas_;
        stack_[depth_].colons = colons_;
        ++depth_;
        stack_[depth_].is_object = is_object;
        commas_ = colons_ = 0;
        if (depth_ == 2) fields_[1].clear();
        return true;
    }

    AF_INLINE bool close(bool is_object, bool is_empty, std::uint32_t position) {
        if (depth_ == 0 || stack_[depth_].is_object != is_object) return false;
        const bool has_members = colons_ == commas_ + 1;
        const bool has_none = is_empty && colons_ == 0 && commas_ == 0;
        if (is_object ? !has_members && !has_none : colons_ != 0) return false;
        if (is_noted()) {
            end_value(position);
            if (depth_ == 2 && !end_child(position)) return false;
        }
        --depth_;
        commas_ = stack_[depth_].commas;
        colons_ = stack_[depth_].colons;
        return true;
    }

    // `quotes`: those of the window before the colon, of which the last two are the key's.
    void note_key(std::uint64_t quotes, std::uint32_t at, std::uint32_t colon) {
        std::uint32_t closing = quote_;
        std::uint32_t opening = quote_before_;
        if (quotes != 0) {
            closing = at + highest(quotes);
            quotes ^= std::uint64_t{1} << highest(quotes);
            opening = quotes != 0 ? at + highest(quotes) : quote_;
        }
        std::uint32_t value = colon + 1;
        while (value < text_.size() && is_space(text_[value])) ++value;
        fields_[depth_ - 1].push_back({opening + 1, closing, value, 0, 0});
    }

    void end_value(std::uint32_t end) {
        auto& fields = fields_[depth_ - 1];
        if (fields.empty()) return;
        while (is_space(text_[end - 1])) --end;
        fields.back().value_end = end;
    }

    // False: its members cannot be noted.
    bool end_child(std::uint32_t position) {
        if (has_escapes_ && has_escaped_key(fields_[1])) return false;
        JsonField& field = fields_[0].back();
        if (position + 1 - field.value_start >= RecordIndexer::kMinNestedBytes)
            field.object = append_fields(fields_[1], base_, words_);
        return true;
    }

    bool has_escaped_key(const std::vector<JsonField>& fields) const {
        return std::any_of(fields.begin(), fields.end(), [this](const JsonField& field) {
            return text_.substr(field.key_start, field.key_end - field.key_start).find('\\') != text_.npos;
        });
    }

    AF_INLINE void note_quotes(std::uint64_t quotes, std::uint32_t at) {
        const unsigned last = highest(quotes);
        const std::uint64_t others = quotes ^ std::uint64_t{1} << last;
        quote_before_ = others != 0 ? at + highest(others) : quote_;
        quote_ = at + last;
    }

    std::string_view text_;
    std::array<std::vector<JsonField>, 2>& fields_;
    const std::uint32_t base_;
    std::vector<std::uint32_t>& words_;

    std::array<Container, kPlainJson.depth + 1> stack_;  // [0] stands for what is around the root
    int depth_ = 0;
    std::uint32_t commas_ = 0, colons_ = 0;  // so far, of the container in hand
    std::uint32_t quote_ = 0, quote_before_ = 0;  // the last two of the windows before
    std::uint32_t escapes_until_ = 0;
    bool has_escapes_ = false;
};

namespace {

// The last bytes of a text, and spaces behind them.
class Tail {
public:
    explicit Tail(std::string_view text) {
        std::memset(bytes_, ' ', sizeof bytes_);
        std::memcpy(bytes_, text.data(), text.size());
    }
    const char* bytes() const { return bytes_; }

private:
    char bytes_[kJsonWindow];
};

using Sweep = std::uint32_t (*)(JsonSweepRun&, std::string_view);

// Three times the same: code for a processor cannot be inlined into code for any.

std::uint32_t sweep_sse2(JsonSweepRun& run, std::string_view text) {
    JsonSweepRun::Carried carried;
    std::uint32_t at = 0;
    for (; text.size() - at >= kJsonWindow; at += kJsonWindow) {
        if (!run.window(json_masks_sse2(text.data() + at), at, carried)) return 0;
    }
    const Tail tail(text.substr(at));
    return run.window(json_masks_sse2(tail.bytes()), at, carried) ? run.finish(carried) : 0;
}

AF_AVX2 std::uint32_t sweep_avx2(JsonSweepRun& run, std::string_view text) {
    JsonSweepRun::Carried carried;
    std::uint32_t at = 0;
    for (; text.size() - at >= kJsonWindow; at += kJsonWindow) {
        if (!run.window(json_masks_avx2(text.data() + at), at, carried)) return 0;
    }
    const Tail tail(text.substr(at));
    return run.window(json_masks_avx2(tail.bytes()), at, carried) ? run.finish(carried) : 0;
}

AF_AVX512 std::uint32_t sweep_avx512(JsonSweepRun& run, std::string_view text) {
    JsonSweepRun::Carried carried;
    std::uint32_t at = 0;
    for (; text.size() - at >= kJsonWindow; at += kJsonWindow) {
        if (!run.window(json_masks_avx512(text.data() + at), at, carried)) return 0;
    }
    const Tail tail(text.substr(at));
    return run.window(json_masks_avx512(tail.bytes()), at, carried) ? run.finish(carried) : 0;
}

Sweep sweep_of(JsonSweep::Way way) {
    switch (way) {
        case JsonSweep::Way::sse2: return sweep_sse2;
        case JsonSweep::Way::avx2: return sweep_avx2;
        case JsonSweep::Way::avx512: return sweep_avx512;
    }
    return sweep_sse2;
}

}  // namespace

std::vector<JsonSweep::Way> JsonSweep::ways() {
    std::vector<Way> found{Way::sse2};
    const bool has_bits =
        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("popcnt");
    if (has_bits && __builtin_cpu_supports("avx2")) found.push_back(Way::avx2);
    if (has_bits && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) found.push_back(Way::avx512);
    return found;
}

std::uint32_t JsonSweep::root(std::string_view json, std::uint32_t base, std::vector<std::uint32_t>& words) {
    if (json.empty() || json.front() != '{') return 0;
    const std::size_t before = words.size();
    JsonSweepRun run(json, fields_, base, words);
    const std::uint32_t place = sweep_of(way_)(run, json);
    if (place == 0) words.resize(before);
    return place;
}

#else

std::vector<JsonSweep::Way> JsonSweep::ways() { return {Way::sse2}; }
std::uint32_t JsonSweep::root(std::string_view, std::uint32_t, std::vector<std::uint32_t>&) { return 0; }

#endif

JsonSweep::JsonSweep() : way_(ways().back()) {}

}  // namespace af
