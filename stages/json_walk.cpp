#include "stages/json_walk.hpp"

#include "stages/json_escape.hpp"
#include "stages/json_space.hpp"
#include "stages/record_index.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace af {
namespace {

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
bool begins_number(char c) { return is_digit(c) || c == '-'; }

// Whether the first `length` (1 to 8) of the 8 bytes at `text` are digits. No loop, whose end would be mispredicted.
bool all_digits(const char* text, std::uint32_t length) {
    std::uint64_t word;
    std::memcpy(&word, text, sizeof word);
    unsigned unused_bits = 64 - 8 * length;
    std::uint64_t high = (0xF0F0F0F0F0F0F0F0 << unused_bits), thirty = 0x3030303030303030 << unused_bits;
    word <<= unused_bits;
    return (word & high) == thirty && ((word + (0x0606060606060606 << unused_bits)) & high) == thirty;
}

// Length of the run of digits at `from`.
std::uint32_t digits(std::string_view token, std::size_t from) {
    std::size_t end = from;
    while (end < token.size() && is_digit(token[end])) ++end;
    return static_cast<std::uint32_t>(end - from);
}

}  // namespace

JsonWalk::JsonWalk(const char* text, std::uint32_t size, const std::uint32_t* at, std::uint32_t base,
                   std::vector<std::uint32_t>& words, JsonBounds bounds)
    : text_(text),
      size_(size),
      at_(at),
      base_(base),
      words_(words),
      bounds_(bounds),
      has_escapes_(std::memchr(text, '\\', size) != nullptr) {}

std::uint32_t JsonWalk::root() {
    if (text_[*at_] != '{') return 0;
    std::vector<JsonField> fields;
    ++at_;
    if (!object<true>(1, &fields) || *at_ != size_) return 0;
    return append_fields(fields, base_, words_);
}

bool JsonWalk::is_valid() { return value(0) && *at_ == size_; }

// A walk stands behind the opening bracket, and ends behind the closing one.
template <bool kNoteFields>
bool JsonWalk::object(int depth, std::vector<JsonField>* fields) {
    if (text_[*at_] == '}') return ++at_, true;
    for (;;) {
        std::uint32_t key = *at_;
        if (text_[key] != '"' || !string()) return false;
        std::uint32_t key_end = trimmed_end() - 1;
        if (text_[*at_] != ':') return false;
        ++at_;
        if constexpr (kNoteFields) {
            JsonField field{key + 1, key_end, *at_, 0, 0};
            if (has_escapes_ && std::memchr(text_ + field.key_start, '\\', key_end - field.key_start)) {
                if (depth == 1) return false;
                child_has_escaped_key_ = true;
            }
            if (!member_value(depth, field)) return false;
            field.value_end = trimmed_end();
            fields->push_back(field);
        } else {
            if (!value(depth)) return false;
        }
        char next = text_[*at_];
        ++at_;
        if (next == '}') return true;
        if (next != ',') return false;
    }
}

// The value of a member of the root: an object notes its own fields, for the case that it proves large.
bool JsonWalk::member_value(int depth, JsonField& field) {
    if (depth != 1 || text_[field.value_start] != '{') return value(depth);
    std::vector<JsonField> fields;
    ++at_;
    child_has_escaped_key_ = false;
    if (!object<true>(depth + 1, &fields)) return false;
    if (!child_has_escaped_key_ && at_[-1] + 1 - field.value_start >= RecordIndexer::kMinNestedBytes)
        field.object = append_fields(fields, base_, words_);
    return true;
}

bool JsonWalk::array(int depth) {
    if (text_[*at_] == ']') return ++at_, true;
    for (;;) {
        if (!value(depth)) return false;
        char next = text_[*at_];
        ++at_;
        if (next == ']') return true;
        if (next != ',') return false;
    }
}

bool JsonWalk::value(int depth) {
    if (is_digit(text_[*at_])) return number();
    switch (text_[*at_]) {
        case '"': return string();
        case '{': return ++at_, depth < bounds_.depth && object<false>(depth + 1, nullptr);
        case '[': return ++at_, depth < bounds_.depth && array(depth + 1);
        case 't': return atom("true", 4);
        case 'f': return atom("false", 5);
        case 'n': return atom("null", 4);
        default: return number();
    }
}

// Stage 1 has found its end and that it holds no control characters.
bool JsonWalk::string() {
    std::uint32_t start = *at_++;
    return !has_escapes_ || escapes(start + 1, trimmed_end() - 1);
}

bool JsonWalk::escapes(std::uint32_t from, std::uint32_t to) const {
    const std::string_view text(text_ + from, to - from);
    for (std::size_t i = text.find('\\'); i != text.npos; i = text.find('\\', i)) {
        const std::size_t length = json_escape_length(text.substr(i));
        if (length == 0) return false;
        i += length;
    }
    return true;
}

bool JsonWalk::number() {
    std::uint32_t start = *at_++;
    std::uint32_t length = *at_ - start;
    if (length <= 8 && size_ - start >= 8 && all_digits(text_ + start, length))
        return text_[start] != '0' || length == 1;
    if (!begins_number(text_[start])) return false;
    return number_in_bounds({text_ + start, trimmed_end() - start});
}

// RFC 8259's grammar.
bool JsonWalk::number_in_bounds(std::string_view token) const {
    if (token.size() > bounds_.number_length) return false;
    std::size_t i = token.front() == '-' ? 1 : 0;
    std::uint32_t whole = digits(token, i);
    if (whole == 0 || whole > bounds_.integer_digits || (whole > 1 && token[i] == '0')) return false;
    i += whole;
    if (i < token.size() && token[i] == '.') {
        std::uint32_t fraction = digits(token, i + 1);
        if (fraction == 0) return false;
        i += 1 + fraction;
    }
    if (i < token.size() && (token[i] == 'e' || token[i] == 'E')) {
        ++i;
        if (i < token.size() && (token[i] == '+' || token[i] == '-')) ++i;
        std::uint32_t exponent = digits(token, i);
        if (exponent == 0 || exponent > bounds_.exponent_digits) return false;
        i += exponent;
    }
    return i == token.size();
}

bool JsonWalk::atom(const char* word, std::uint32_t length) {
    std::uint32_t start = *at_++;
    return trimmed_end() - start == length && std::memcmp(text_ + start, word, length) == 0;
}

// The end of the token before the position in hand: between them is nothing but white space.
std::uint32_t JsonWalk::trimmed_end() const {
    std::uint32_t end = *at_;
    while (is_json_space(text_[end - 1])) --end;
    return end;
}

std::uint32_t append_fields(const std::vector<JsonField>& fields, std::uint32_t base,
                            std::vector<std::uint32_t>& words) {
    const auto place = static_cast<std::uint32_t>(words.size());
    words.push_back(static_cast<std::uint32_t>(fields.size()));
    for (const JsonField& field : fields) {
        const std::uint32_t row[] = {field.key_start + base, field.key_end + base, field.value_start + base,
                                     field.value_end + base, field.object};
        words.insert(words.end(), std::begin(row), std::end(row));
    }
    return place;
}

}  // namespace af
