// The sweep itself, over windows of 64 bytes, as many at once as there are lanes. Included by json_way.inc behind
// json_nesting.hpp, once for each kind of processor; hence no guard.
//
// How      a token's successor is the first byte behind it that is no space. Adding the bit behind the token to the
//          mask of the spaces carries it there: all successors of a kind of token cost one addition.
// Complete every token but the first is the successor of one other, so that it is enough to check what successors are.
//          What follows a comma, or a string behind one, tells members with a name, which are in objects, from items
//          without, which are in arrays.

// From tokens to their successors.
class Successors {
public:
    // `ends`: last bytes of tokens.
    Lanes operator()(Lanes ends, Lanes spaces) { return of_behind(shift_(ends), spaces); }
    // The same, of the bytes behind tokens.
    Lanes of_behind(Lanes behind, Lanes spaces) {
        if (!any(behind & spaces) && !sum_.carries()) return behind;  // as most often before a colon or comma
        return sum_(behind, spaces) & ~spaces;
    }

private:
    Shift<1> shift_;
    Sum sum_;
};

// Numbers: -?int(.digits)?, with at most 18 digits in a row. An exponent is `tail`, and checked by others.
class Numbers {
public:
    struct Found {
        Lanes starts, behind, wrong;
    };
    Found look(Lanes digit, Lanes zero, Lanes minus, Lanes point, Lanes tail) {
        const Lanes number = digit | minus | point | tail;
        const Lanes behind_number = behind_number_(number);
        const Lanes behind_digit = behind_digit_(digit);
        const Lanes behind_point = behind_point_(point);
        const Lanes behind_minus = behind_minus_(minus);
        const Lanes starts = number & ~behind_number;
        const Lanes first_digits = digit & ~(behind_digit | behind_point);
        const Lanes behind_fraction = fraction_(digit, digit & behind_point) & ~digit;
        const Lanes wrong = (starts & ~(digit | minus)) | (minus & ~starts) | (behind_minus & ~digit) |
                            (behind_zero_(zero & first_digits) & digit) |                // no 0 before a digit
                            (point & ~behind_digit) | (behind_point & ~digit) |          // the point, between digits,
                            (behind_fraction & point) | long_runs(digit, behind_digit);  // one to a number
        return {starts, behind_number & ~number, wrong};
    }

private:
    // Where 19 digits in a row end.
    Lanes long_runs(Lanes digit, Lanes behind_digit) {
        const Lanes two = digit & behind_digit;
        const Lanes three = two & digit_by_2_(digit);
        const Lanes four = two & two_by_2_(two);
        const Lanes eight = four & four_by_4_(four);
        return eight & eight_by_8_(eight) & three_by_16_(three);
    }

    Shift<1> behind_number_, behind_digit_, behind_point_, behind_minus_, behind_zero_;
    Shift<2> digit_by_2_, two_by_2_;
    Shift<4> four_by_4_;
    Shift<8> eight_by_8_;
    Shift<16> three_by_16_;
    Sum fraction_;
};

struct Tokens {
    const Kinds& kinds;
    Lanes quote, inside;
    Lanes number_starts, behind_numbers;
    Lanes words;  // all bytes of true, false and null
};

class Order {
public:
    struct Found {
        Lanes wrong;
        Lanes in_object;  // of brackets, as in Nesting; of other bytes it says nothing
    };
    Found look(const Tokens& tokens) {
        const Kinds& of = tokens.kinds;
        const Lanes brackets = of.open | of.close;
        const Lanes opening = tokens.quote & tokens.inside;
        const Lanes closing = tokens.quote & ~tokens.inside;
        const Lanes behind_words = behind_words_(tokens.words);
        const Lanes values = opening | tokens.number_starts | (tokens.words & ~behind_words) | of.open;

        // Three kinds in two additions. A colon and "[" are one: "]" may follow only "[", but behind a colon it would
        // end an array that has a member with a name.
        const Lanes open_brace = of.open & of.brace;
        const Lanes after_first = after_first_(of.colon | of.open, of.space);
        const Lanes after_second = after_second_(of.comma | open_brace, of.space);
        const Lanes after_brace = after_first & after_second;
        const Lanes after_comma = after_second & ~after_first;
        const Lanes value_places = after_first & ~after_second;

        // A string that is a value for certain: its closing quote is found by a carry through its bytes.
        const Lanes value_closing = strings_(tokens.inside, opening & value_places) & closing;
        const Lanes after_name = after_name_(closing & ~value_closing, of.space);
        const Lanes behind_values =
            behind_values_(of.close | value_closing) | tokens.behind_numbers | (behind_words & ~tokens.words);
        const Lanes after_value = after_value_.of_behind(behind_values, of.space);

        const Lanes close_brace = of.close & of.brace;
        const Lanes wrong = (after_comma & ~values) | (value_places & ~(values | (of.close & ~of.brace))) |
                            (after_brace & ~(opening | close_brace)) |
                            (after_name & ~(of.colon | of.comma | of.close)) | (after_value & ~(of.comma | of.close));

        // Of the container that a bracket is in, or ends, what there is directly before it: a member with a name, or
        // the "{"; an item without, or the "["; or nothing but a container.
        const Lanes named = next_named_(of.colon | behind_brace_(open_brace), ~brackets);
        const Lanes items = (after_comma & ~opening) | (after_name & ~of.colon) | behind_square_(of.open & ~of.brace);
        const Lanes unnamed = next_unnamed_(items & ~brackets, ~brackets) | items;
        const Lanes in_object = named | (of.brace & ~unnamed);
        const Lanes torn = brackets & ((named & unnamed) | (of.close & (of.brace ^ in_object)));
        return {wrong | torn, in_object};
    }

private:
    Shift<1> behind_words_, behind_values_, behind_brace_, behind_square_;
    Successors after_first_, after_second_, after_name_, after_value_;
    Sum strings_, next_named_, next_unnamed_;
};

class Sweep {
public:
    Sweep(JsonNotes& notes, int levels) : notes_(notes), text_(notes.text()), levels_(levels) {}

    // The word number of the root's fields; 0: not accepted.
    std::uint32_t run() {
        std::array<Bytes, 2> bytes;
        look_at(0, bytes[0]);
        std::uint32_t at = 0;
        for (std::size_t i = 0; at < text_.size(); at += kStep, ++i) {
            // A step ahead: see json_bytes.hpp.
            if (at + kStep < text_.size()) look_at(at + kStep, bytes[(i + 1) % 2]);
            if (!step(bytes[i % 2], at)) return 0;
        }
        if (depth_ != 0 || insides_.is_open() || !nesting_.finish()) return 0;
        return notes_.finish(any(beyond_ascii_));
    }

private:
    // Of the step that was last found in order; commas, colons and brackets are those outside of strings.
    struct Marks {
        alignas(64) Masks quote, comma, colon, open, close, brace;
    };

    void look_at(std::uint32_t at, Bytes& of) {
        if (text_.size() - at >= kStep) return look(text_.data() + at, of);
        char tail[kStep];
        const std::string_view rest = text_.substr(at);
        std::memset(tail + rest.size(), ' ', kStep - rest.size());
        std::memcpy(tail, rest.data(), rest.size());
        look(tail, of);
    }

    // Of the part of the text that begins at `at`. False: not accepted.
    bool step(const Bytes& of, std::uint32_t at) {
        beyond_ascii_ = beyond_ascii_ | beyond_ascii(of);
        Lanes quote = quotes(of);
        const Rare rare_bytes = rare(of);
        const bool has_rare = any(rare_bytes.control | rare_bytes.backslash);
        Masks escapes{};
        if (has_rare || escapes_first_ != 0) quote = without_escaped(quote, rare_bytes.backslash, escapes);
        const Lanes inside = insides_(quote);
        Kinds found = kinds(of, ~inside);
        if (has_rare && !take_rare(rare_bytes.control, escapes, at, inside, found.space)) return false;
        Lanes words = none();
        Lanes exponents = none();
        const Lanes unknown = ~(quote | inside | found.comma | found.colon | found.open | found.close | found.digit |
                                found.minus | found.point | found.space);
        if (any(unknown) || notes_.claims_go_on()) {
            if (!claim(unknown, at, words, exponents)) return false;
            found.digit = found.digit & ~exponents;
            found.zero = found.zero & ~exponents;
            found.minus = found.minus & ~exponents;
        }
        const auto number = numbers_.look(found.digit, found.zero, found.minus, found.point, exponents);
        const Tokens tokens{.kinds = found,
                            .quote = quote,
                            .inside = inside,
                            .number_starts = number.starts,
                            .behind_numbers = number.behind,
                            .words = words};
        const auto order = order_.look(tokens);
        if (any(number.wrong | order.wrong)) return false;

        store(marks_.quote, quote);
        store(marks_.comma, found.comma);
        store(marks_.colon, found.colon);
        store(marks_.open, found.open);
        store(marks_.close, found.close);
        store(marks_.brace, found.brace);
        Masks in_object;
        store(in_object, order.in_object);
        std::optional<Opens> opens;
        if (!nesting_.append(marks_.open, marks_.close, in_object, opens)) return false;
        if (!opens || !passes_by(*opens)) {
            for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
                if (!passes_by(opens_of(marks_.open[lane], marks_.close[lane])) && !note(lane, at)) return false;
            }
        }
        if (is_noted()) keep_quotes(at);
        return true;
    }

    // Control characters, which may be spaces outside of strings, and backslashes that begin an escape.
    bool take_rare(Lanes control, const Masks& escapes, std::uint32_t at, Lanes inside, Lanes& space) {
        if (any(control & inside)) return false;
        space = space | control;
        Masks controls;
        store(controls, control);
        Masks in_strings;
        store(in_strings, load(escapes) & inside);
        return each(controls, at, [this](std::uint32_t position) { return notes_.is_blank(position); }) &&
               each(in_strings, at, [this](std::uint32_t position) { return notes_.escape(position); });
    }

    bool claim(Lanes unknown, std::uint32_t at, Lanes& words, Lanes& exponents) {
        Masks masks;
        Masks word_masks;
        Masks exponent_masks;
        store(masks, unknown);
        for (std::size_t lane = 0; lane < kLanes; ++lane, at += kJsonWindow) {
            if (!notes_.claim(masks[lane], at, word_masks[lane], exponent_masks[lane])) return false;
        }
        words = load(word_masks);
        exponents = load(exponent_masks);
        return true;
    }

    // The quotes that are not escaped; and as masks, the backslashes that begin an escape.
    Lanes without_escaped(Lanes quote, Lanes backslash, Masks& escapes) {
        store(escapes, backslash);
        Masks escaped;
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            escaped[lane] = escaped_by(escapes[lane]);
            escapes[lane] &= ~escaped[lane];
        }
        return quote & ~load(escaped);
    }

    // In a run of backslashes every second one is escaped, and what follows a run of odd length.
    std::uint64_t escaped_by(std::uint64_t backslash) {
        constexpr std::uint64_t kEven = 0x5555555555555555;
        backslash &= ~escapes_first_;
        const std::uint64_t behind = backslash << 1 | escapes_first_;
        const std::uint64_t odd_starts = backslash & ~kEven & ~behind;
        std::uint64_t even_starts = 0;
        escapes_first_ = __builtin_add_overflow(odd_starts, backslash, &even_starts);
        return (kEven ^ (even_starts << 1)) & behind;
    }

    template <class Check>
    static bool each(const Masks& masks, std::uint32_t at, Check check) {
        for (std::size_t lane = 0; lane < kLanes; ++lane, at += kJsonWindow) {
            for (std::uint64_t left = masks[lane]; left != 0; left &= left - 1) {
                if (!check(at + lowest(left))) return false;
            }
        }
        return true;
    }

    bool is_noted() const { return depth_ == 1 || (depth_ == 2 && levels_ == 2 && child_is_object_); }

    // Follows the depth, if neither members to note nor the end of the text can be among those brackets.
    bool passes_by(const Opens& opens) {
        const Heights heights = opens.heights();
        if (depth_ + heights.least <= levels_ || depth_ + heights.most > kPlainJson.depth) return false;
        depth_ += heights.end;
        return true;
    }

    // A lane that has members to note, or where the text may end.
    bool note(std::uint32_t lane, std::uint32_t at) {
        const Marks& of = marks_;
        const std::uint32_t begin = at + lane * kJsonWindow;
        std::uint64_t ahead = ~std::uint64_t{0};  // of what was followed already
        for (std::uint64_t left = of.open[lane] | of.close[lane]; left != 0; left &= left - 1) {
            const std::uint64_t bit = left & -left;
            if (is_noted()) note_keys(lane, at, ahead & (bit - 1));
            ahead = -bit ^ bit;
            const std::uint32_t position = begin + lowest(bit);
            const bool right =
                (of.open[lane] & bit) != 0 ? enter((of.brace[lane] & bit) != 0, position) : leave(position);
            if (!right) return false;
        }
        if (is_noted()) note_keys(lane, at, ahead);
        return depth_ > 0 || ((of.comma[lane] | of.colon[lane]) & ahead) == 0;
    }

    // The keys whose colons are in the lane, where `mask` is set.
    void note_keys(std::uint32_t lane, std::uint32_t at, std::uint64_t mask) {
        const Marks& of = marks_;
        const auto level = static_cast<std::size_t>(depth_) - 1;
        for (std::uint64_t colons = of.colon[lane] & mask; colons != 0; colons &= colons - 1) {
            const std::uint64_t bit = colons & -colons;
            std::size_t with_quotes = lane;
            std::uint64_t quotes = of.quote[lane] & (bit - 1);
            const std::uint32_t closing = quote_before(of.quote, quotes, with_quotes, at, quote_);
            const bool is_earlier = closing == quote_ && closing < at;
            const std::uint32_t opening =
                is_earlier ? quote_before_ : quote_before(of.quote, quotes, with_quotes, at, quote_);
            notes_.key(level, opening, closing, at + lane * kJsonWindow + lowest(bit));
        }
    }

    // Takes the last quote from those of a lane that are left, or of the lanes before it; `earlier` when there is none.
    static std::uint32_t quote_before(const Masks& all, std::uint64_t& left, std::size_t& lane, std::uint32_t at,
                                      std::uint32_t earlier) {
        while (left == 0) {
            if (lane == 0) return earlier;
            left = all[--lane];
        }
        const unsigned bit = highest(left);
        left ^= std::uint64_t{1} << bit;
        return at + static_cast<std::uint32_t>(lane) * kJsonWindow + bit;
    }

    // The last two of the step, for members of which the colon comes behind it: at the depth where the key was, so that
    // this is of use only where members are noted.
    void keep_quotes(std::uint32_t at) {
        const Masks& quotes = marks_.quote;
        std::size_t lane = kLanes - 1;
        std::uint64_t left = quotes[lane];
        const std::uint32_t last = quote_before(quotes, left, lane, at, quote_);
        if (last < at) return;
        quote_before_ = quote_before(quotes, left, lane, at, quote_);
        quote_ = last;
    }

    bool enter(bool is_object, std::uint32_t position) {
        if (depth_ == 0 && position != 0) return false;  // something behind the root
        if (depth_ == kPlainJson.depth) return false;
        ++depth_;
        if (depth_ == 2) {
            child_is_object_ = is_object;
            notes_.begin_child();
        }
        return true;
    }

    bool leave(std::uint32_t position) {
        if (depth_ == 0) return false;
        if (is_noted()) {
            notes_.end_value(static_cast<std::size_t>(depth_) - 1, position);
            if (depth_ == 2 && !notes_.end_child(position)) return false;
        }
        --depth_;
        return true;
    }

    JsonNotes& notes_;
    const std::string_view text_;
    const int levels_;  // of objects whose members are noted
    Insides insides_;
    Numbers numbers_;
    Order order_;
    Marks marks_;
    Lanes beyond_ascii_ = none();
    std::uint64_t escapes_first_ = 0;  // 1: the next byte is escaped

    std::uint32_t quote_ = 0, quote_before_ = 0;  // the last two of the steps before

    Nesting nesting_;
    int depth_ = 0;
    bool child_is_object_ = false;  // the container in the root that is or was open
};
