// The sweep itself, over windows of 64 bytes, as many at once as there are lanes. Included by json_sweep.cpp behind
// json_bytes.hpp, once for each kind of processor; hence no guard.
//
// How      a token's successor is the first byte behind it that is no space. Adding the bit behind the token to the mask of
//          the spaces carries it there: all successors of a kind of token cost one addition.
// Complete every token but the first is the successor of one other, so that it is enough to check what successors are.
//          Objects are told from arrays by counting: a colon follows only a string that follows "{" or a comma, so in an
//          object, where each comma and the "{" must have theirs, there is one colon more than commas; in an array none.
//          Behind the root there may be neither, nor another bracket.

constexpr std::size_t kUsualBrackets = 4;  // in a window

// From tokens to their successors.
class Successors {
public:
    // `ends`: last bytes of tokens.
    Lanes operator()(Lanes ends, Lanes spaces) { return of_behind(shift_(ends), spaces); }
    // The same, of the bytes behind tokens.
    Lanes of_behind(Lanes behind, Lanes spaces) { return sum_(behind, spaces) & ~spaces; }

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

// All but `inside` and the quotes are of bytes outside of strings.
struct Tokens {
    Lanes inside, quote, spaces, comma, colon, open, close, brace;
    Lanes number_starts, behind_numbers;
    Lanes words;  // all bytes of true, false and null
};

class Order {
public:
    struct Found {
        Lanes wrong;
        Lanes empty;  // closing braces directly behind their opening ones
    };
    Found look(const Tokens& of) {
        const Lanes opening = of.quote & of.inside;
        const Lanes closing = of.quote & ~of.inside;
        const Lanes behind_words = behind_words_(of.words);
        const Lanes values = opening | of.number_starts | (of.words & ~behind_words) | of.open;

        const Lanes after_comma = after_comma_(of.comma, of.spaces);
        const Lanes after_colon = after_colon_(of.colon, of.spaces);
        const Lanes after_bracket = after_bracket_(of.open & ~of.brace, of.spaces);
        const Lanes after_brace = after_brace_(of.open & of.brace, of.spaces);

        // A string that is a value for certain: its closing quote is found by a carry through its bytes.
        const Lanes value_strings = opening & (after_colon | after_bracket);
        const Lanes value_closing = strings_(of.inside, value_strings) & ~of.inside & closing;
        const Lanes after_key = after_key_(closing & ~value_closing, of.spaces);
        const Lanes behind_values =
            behind_values_(of.close | value_closing) | of.behind_numbers | (behind_words & ~of.words);
        const Lanes after_value = after_value_.of_behind(behind_values, of.spaces);

        const Lanes close_brace = of.close & of.brace;
        const Lanes wrong = ((after_comma | after_colon) & ~values) |
                            (after_bracket & ~(values | (of.close & ~of.brace))) |
                            (after_brace & ~(opening | close_brace)) | (after_key & ~(of.colon | of.comma | of.close)) |
                            (after_value & ~(of.comma | of.close));
        return {wrong, after_brace & close_brace};
    }

private:
    Shift<1> behind_words_, behind_values_;
    Successors after_comma_, after_colon_, after_bracket_, after_brace_, after_key_, after_value_;
    Sum strings_;
};

class Sweep {
public:
    Sweep(JsonNotes& notes, int levels) : notes_(notes), text_(notes.text()), levels_(levels) {}

    // The word number of the root's fields; 0: not accepted.
    std::uint32_t run() {
        std::uint32_t at = 0;
        for (; text_.size() - at >= kStep; at += kStep) {
            if (!step(text_.data() + at, at)) return 0;
        }
        char tail[kStep];
        const std::string_view rest = text_.substr(at);
        std::memset(tail + rest.size(), ' ', kStep - rest.size());
        std::memcpy(tail, rest.data(), rest.size());
        if (!step(tail, at) || depth_ != 0 || insides_.is_open()) return 0;
        return notes_.finish(any(beyond_ascii_));
    }

private:
    // Of the part of the text that begins at `at`. False: not accepted.
    bool step(const char* text, std::uint32_t at) {
        Bytes of;
        look(text, of);
        if (any(load(of.backslash.data())) || escapes_first_) take_escaped_quotes(of);
        const Lanes quote = load(of.quote.data());
        const Lanes inside = insides_(quote);
        const Lanes outside = ~inside;
        beyond_ascii_ = beyond_ascii_ | load(of.beyond_ascii.data());
        Lanes space = load(of.space.data());
        const Lanes control = load(of.control.data());
        Bytes::Masks buffer;
        if (any(control)) {
            if (any(control & inside)) return false;
            if (!each(of.control, at, [this](std::uint32_t position) { return notes_.is_blank(position); }))
                return false;
            space = space | control;
        }
        if (any(load(of.backslash.data()))) {
            store(buffer.data(), load(of.backslash.data()) & inside);
            if (!each(buffer, at, [this](std::uint32_t position) { return notes_.escape(position); })) return false;
        }
        Lanes words = none();
        Lanes exponents = none();
        const Lanes digit = load(of.digit.data());
        const Lanes minus = load(of.minus.data());
        const Lanes point = load(of.point.data());
        const Lanes comma = load(of.comma.data());
        const Lanes colon = load(of.colon.data());
        const Lanes open = load(of.open.data());
        const Lanes close = load(of.close.data());
        const Lanes brace = load(of.brace.data());
        const Lanes unknown = ~(quote | comma | colon | open | close | digit | minus | point | space | inside);
        if (any(unknown) || notes_.claims_go_on()) {
            Bytes::Masks word_masks;
            Bytes::Masks exponent_masks;
            store(buffer.data(), unknown);
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const auto position = at + static_cast<std::uint32_t>(lane * kJsonWindow);
                if (!notes_.claim(buffer[lane], position, word_masks[lane], exponent_masks[lane])) return false;
            }
            words = load(word_masks.data());
            exponents = load(exponent_masks.data());
        }
        const Lanes plain = outside & ~exponents;
        const auto number =
            numbers_.look(digit & plain, load(of.zero.data()) & plain, minus & plain, point & plain, exponents);
        const Tokens tokens{.inside = inside,
                            .quote = quote,
                            .spaces = space & outside,
                            .comma = comma & outside,
                            .colon = colon & outside,
                            .open = open & outside,
                            .close = close & outside,
                            .brace = brace,
                            .number_starts = number.starts,
                            .behind_numbers = number.behind,
                            .words = words};
        const auto order = order_.look(tokens);
        if (any(number.wrong | order.wrong)) return false;

        store(of.comma.data(), tokens.comma);
        store(of.colon.data(), tokens.colon);
        store(of.open.data(), tokens.open);
        store(of.close.data(), tokens.close);
        store(of.digit.data(), order.empty);  // digits are done with
        return nest(of, of.digit, at);
    }

    // Leaves the quotes that are not escaped, and the backslashes that begin an escape.
    void take_escaped_quotes(Bytes& of) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const std::uint64_t escaped = escaped_by(of.backslash[lane]);
            of.quote[lane] &= ~escaped;
            of.backslash[lane] &= ~escaped;
        }
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
    static bool each(const Bytes::Masks& masks, std::uint32_t at, Check check) {
        for (std::size_t lane = 0; lane < kLanes; ++lane, at += kJsonWindow) {
            for (std::uint64_t left = masks[lane]; left != 0; left &= left - 1) {
                if (!check(at + lowest(left))) return false;
            }
        }
        return true;
    }

    bool is_noted() const { return depth_ > 0 && depth_ <= levels_ && is_object_; }

    // Follows brackets, and of the containers whose members are noted colons too. `empty`: as in Order.
    bool nest(const Bytes& of, const Bytes::Masks& empty, std::uint32_t at) {
        Bytes::Masks colons_to;  // how many there are before the window
        Bytes::Masks commas_to;
        std::uint64_t colons = 0;
        std::uint64_t commas = 0;
        std::array<std::uint16_t, kStep + kUsualBrackets> brackets;
        std::size_t count = 0;
        for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
            count += list(of.open[lane] | of.close[lane], lane * kJsonWindow, brackets.data() + count);
            colons_to[lane] = colons;
            commas_to[lane] = commas;
            colons += static_cast<unsigned>(std::popcount(of.colon[lane]));
            commas += static_cast<unsigned>(std::popcount(of.comma[lane]));
        }
        std::uint64_t counted_colons = 0;
        std::uint64_t counted_commas = 0;
        // Of an object, colons less commas; of an array, colons.
        const auto count_members = [&](std::uint64_t colons_now, std::uint64_t commas_now) {
            balance_ += static_cast<int>(colons_now - counted_colons);
            balance_ -= is_object_ ? static_cast<int>(commas_now - counted_commas) : 0;
            counted_colons = colons_now;
            counted_commas = commas_now;
        };
        std::uint32_t seen = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t place = brackets[i];
            const std::size_t lane = place / kJsonWindow;
            const std::uint64_t bit = std::uint64_t{1} << place % kJsonWindow;
            count_members(colons_to[lane] + static_cast<unsigned>(std::popcount(of.colon[lane] & (bit - 1))),
                          commas_to[lane] + static_cast<unsigned>(std::popcount(of.comma[lane] & (bit - 1))));
            if (is_noted()) note_keys(of, seen, place, at);
            seen = place + 1;
            const bool is_brace = (of.brace[lane] & bit) != 0;
            if (depth_ == 0 && at + place != 0) return false;  // something behind the root
            const bool right =
                of.open[lane] & bit ? enter(is_brace) : leave(is_brace, (empty[lane] & bit) != 0, at + place);
            if (!right) return false;
        }
        const bool nothing_more = counted_colons == colons && counted_commas == commas;
        count_members(colons, commas);
        if (is_noted()) note_keys(of, seen, kStep, at);
        keep_quotes(of.quote, at);
        return depth_ > 0 || nothing_more;
    }

    // Places of the bits of a mask, which is that of a window at `at`. Room for kUsualBrackets more is written to: most
    // windows have so few, and the loop's end is then foreseen.
    static std::size_t list(std::uint64_t mask, std::uint32_t at, std::uint16_t* to) {
        const auto count = static_cast<std::size_t>(std::popcount(mask));
        for (std::size_t i = 0; i < kUsualBrackets; ++i, mask &= mask - 1) {
            to[i] = static_cast<std::uint16_t>(at + static_cast<unsigned>(std::countr_zero(mask)));
        }
        for (std::size_t i = kUsualBrackets; i < count; ++i, mask &= mask - 1) {
            to[i] = static_cast<std::uint16_t>(at + lowest(mask));
        }
        return count;
    }

    // The keys whose colons are at `from` to before `end` of the step.
    void note_keys(const Bytes& of, std::uint32_t from, std::uint32_t end, std::uint32_t at) {
        const auto level = static_cast<std::size_t>(depth_) - 1;
        for (std::uint32_t lane = from / kJsonWindow; lane * kJsonWindow < end; ++lane) {
            const std::uint32_t begin = lane * kJsonWindow;
            std::uint64_t colons = of.colon[lane];
            if (from > begin) colons &= ~std::uint64_t{0} << (from - begin);
            if (end - begin < kJsonWindow) colons &= (std::uint64_t{1} << (end - begin)) - 1;
            for (; colons != 0; colons &= colons - 1) {
                const std::uint64_t bit = colons & -colons;
                std::size_t with_quotes = lane;
                std::uint64_t quotes = of.quote[lane] & (bit - 1);
                const std::uint32_t closing = quote_before(of.quote, quotes, with_quotes, at, quote_);
                const bool is_earlier = closing == quote_ && closing < at;
                const std::uint32_t opening =
                    is_earlier ? quote_before_ : quote_before(of.quote, quotes, with_quotes, at, quote_);
                notes_.key(level, opening, closing, at + begin + lowest(bit));
            }
        }
    }

    // Takes the last quote from those of a lane that are left, or of the lanes before it; `earlier` when there is none.
    static std::uint32_t quote_before(const Bytes::Masks& all, std::uint64_t& left, std::size_t& lane, std::uint32_t at,
                                      std::uint32_t earlier) {
        while (left == 0) {
            if (lane == 0) return earlier;
            left = all[--lane];
        }
        const unsigned bit = highest(left);
        left ^= std::uint64_t{1} << bit;
        return at + static_cast<std::uint32_t>(lane) * kJsonWindow + bit;
    }

    // The last two of the step, for keys that go on behind it.
    void keep_quotes(const Bytes::Masks& quotes, std::uint32_t at) {
        std::size_t lane = kLanes - 1;
        std::uint64_t left = quotes[lane];
        const std::uint32_t last = quote_before(quotes, left, lane, at, quote_);
        if (last < at) return;
        quote_before_ = quote_before(quotes, left, lane, at, quote_);
        quote_ = last;
    }

    bool enter(bool is_object) {
        if (depth_ == kPlainJson.depth) return false;
        stack_[static_cast<std::size_t>(depth_)] = {balance_, is_object_};
        ++depth_;
        is_object_ = is_object;
        balance_ = 0;
        if (depth_ == 2) notes_.begin_child();
        return true;
    }

    bool leave(bool is_object, bool is_empty, std::uint32_t position) {
        if (depth_ == 0 || is_object_ != is_object) return false;
        if (balance_ != (is_object && !is_empty)) return false;
        if (is_noted()) {
            notes_.end_value(static_cast<std::size_t>(depth_) - 1, position);
            if (depth_ == 2 && !notes_.end_child(position)) return false;
        }
        --depth_;
        balance_ = stack_[static_cast<std::size_t>(depth_)].balance;
        is_object_ = stack_[static_cast<std::size_t>(depth_)].is_object;
        return true;
    }

    struct Container {
        int balance;
        bool is_object;
    };

    JsonNotes& notes_;
    const std::string_view text_;
    const int levels_;  // of objects whose members are noted
    Insides insides_;
    Numbers numbers_;
    Order order_;
    Lanes beyond_ascii_ = none();
    std::uint64_t escapes_first_ = 0;  // 1: the next byte is escaped

    std::uint32_t quote_ = 0, quote_before_ = 0;  // the last two of the steps before

    std::array<Container, kPlainJson.depth> stack_;  // those around the one in hand
    int depth_ = 0;
    int balance_ = 0;  // of the container in hand, so far (nest)
    bool is_object_ = false;
};
