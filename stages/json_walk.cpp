#include "stages/json_walk.hpp"

#include "stages/json_numbers.hpp"
#include "stages/record_index.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace af {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
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

// Four hexadecimal digits, -1 when they are none.
int code_unit(std::string_view text) {
    if (text.size() < 4) return -1;
    int unit = 0;
    for (char c : text.substr(0, 4)) {
        int lower = c | 0x20;
        int digit = is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
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
    std::vector<Field> fields;
    ++at_;
    if (!object<true>(1, &fields) || *at_ != size_) return 0;
    return append(fields);
}

bool JsonWalk::is_valid() { return value(0) && *at_ == size_; }

// A walk stands behind the opening bracket, and ends behind the closing one.
template <bool kNoteFields>
bool JsonWalk::object(int depth, std::vector<Field>* fields) {
    if (text_[*at_] == '}') return ++at_, true;
    for (;;) {
        std::uint32_t key = *at_;
        if (text_[key] != '"' || !string()) return false;
        std::uint32_t key_end = trimmed_end() - 1;
        if (text_[*at_] != ':') return false;
        ++at_;
        if constexpr (kNoteFields) {
            Field field{key + 1, key_end, *at_, 0, 0};
            if (has_escapes_ && std::memchr(text_ + field.key_start, '\\', key_end - field.key_start)) return false;
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
bool JsonWalk::member_value(int depth, Field& field) {
    if (depth != 1 || text_[field.value_start] != '{') return value(depth);
    std::vector<Field> fields;
    ++at_;
    if (!object<true>(depth + 1, &fields)) return false;
    if (at_[-1] - field.value_start >= RecordIndexer::kMinNestedBytes) field.object = append(fields);
    return true;
}

bool JsonWalk::array(int depth) {
    if (text_[*at_] == ']') return ++at_, true;
    for (;;) {
        if (begins_number(text_[*at_])) skip_plain_numbers();
        if (!value(depth)) return false;
        char next = text_[*at_];
        ++at_;
        if (next == ']') return true;
        if (next != ',') return false;
    }
}

// From the start of an element to that of a later one, over elements that are valid for certain.
void JsonWalk::skip_plain_numbers() {
    at_ += 2 * plain_numbers({text_ + *at_, size_ - *at_});  // the numbers and their commas
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
    std::string_view rest(text_ + from, to - from);
    for (std::size_t i = rest.find('\\'); i != rest.npos; i = rest.find('\\', i)) {
        if (i + 1 >= rest.size()) return false;
        char kind = rest[i + 1];
        i += 2;
        if (kind != 'u') {
            if (std::string_view("\"\\/bfnrt").find(kind) == std::string_view::npos) return false;
            continue;
        }
        int unit = code_unit(rest.substr(i));
        if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return false;
        i += 4;
        if (unit < 0xD800 || unit > 0xDBFF) continue;
        if (rest.substr(i, 2) != "\\u") return false;  // a lone high surrogate
        int low = code_unit(rest.substr(i + 2));
        if (low < 0xDC00 || low > 0xDFFF) return false;
        i += 6;
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
    while (is_space(text_[end - 1])) --end;
    return end;
}

std::uint32_t JsonWalk::append(const std::vector<Field>& fields) {
    auto place = static_cast<std::uint32_t>(words_.size());
    words_.push_back(static_cast<std::uint32_t>(fields.size()));
    for (const Field& field : fields) {
        std::uint32_t row[] = {field.key_start + base_, field.key_end + base_, field.value_start + base_,
                               field.value_end + base_, field.object};
        words_.insert(words_.end(), std::begin(row), std::end(row));
    }
    return place;
}

}  // namespace af
