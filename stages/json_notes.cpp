#include "stages/json_notes.hpp"

#include "stages/json_escape.hpp"
#include "stages/record_index.hpp"

#include <simdjson.h>
#include <algorithm>

namespace af {
namespace {

// In a line.
bool is_blank_byte(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
bool may_follow_value(char c) { return c == ',' || c == '}' || c == ']' || is_blank_byte(c); }

// Marks `bytes` bytes from bit `at` on, and what of them lies in the next window.
void mark(std::uint64_t& here, std::uint64_t& behind, unsigned at, std::size_t bytes) {
    const std::uint64_t run = (std::uint64_t{1} << bytes) - 1;
    here |= run << at;
    if (at > 0) behind |= run >> (kJsonWindow - at);
}

}  // namespace

JsonNotes::JsonNotes(std::string_view text, std::uint32_t base, Fields& fields, std::vector<std::uint32_t>& words)
    : text_(text), base_(base), fields_(fields), words_(words) {
    for (auto& level : fields_) level.clear();
}

bool JsonNotes::is_blank(std::uint32_t position) const { return is_blank_byte(text_[position]); }

bool JsonNotes::escape(std::uint32_t position) {
    has_escapes_ = true;
    if (position < escaped_until_) return true;  // the second half of a pair
    const std::size_t length = json_escape_length(text_.substr(position));
    escaped_until_ = position + static_cast<std::uint32_t>(length);
    return length != 0;
}

bool JsonNotes::claim(std::uint64_t unknown, std::uint32_t at, std::uint64_t& words, std::uint64_t& exponents) {
    words = words_behind_;
    exponents = exponents_behind_;
    words_behind_ = exponents_behind_ = 0;
    for (unknown &= ~(words | exponents); unknown != 0; unknown &= ~(words | exponents)) {
        const unsigned bit = lowest(unknown);
        const std::uint32_t start = at + bit;
        const bool is_exponent = (text_[start] | 0x20) == 'e';
        const std::size_t bytes = is_exponent ? exponent_at(start) : word_at(start);
        if (bytes == 0) return false;
        if (is_exponent)
            mark(exponents, exponents_behind_, bit, bytes);
        else
            mark(words, words_behind_, bit, bytes);
    }
    return true;
}

std::size_t JsonNotes::word_at(std::uint32_t start) const {
    const std::string_view left = text_.substr(start);
    for (const std::string_view word : {"true", "false", "null"}) {
        if (left.starts_with(word) && left.size() > word.size() && may_follow_value(left[word.size()]))
            return word.size();
    }
    return 0;
}

// Of a number that is not too long, with what stands before it.
std::size_t JsonNotes::exponent_at(std::uint32_t start) const {
    if (start == 0 || !is_digit(text_[start - 1])) return 0;
    const std::string_view left = text_.substr(start);
    std::size_t end = 1;
    if (end < left.size() && (left[end] == '+' || left[end] == '-')) ++end;
    const std::size_t digits = end;
    while (end < left.size() && end - digits < kPlainJson.exponent_digits && is_digit(left[end])) ++end;
    if (end == digits || end == left.size() || !may_follow_value(left[end])) return 0;
    std::uint32_t begin = start;
    while (begin > 0 && (is_digit(text_[begin - 1]) || text_[begin - 1] == '.' || text_[begin - 1] == '-')) --begin;
    return start + end - begin > kPlainJson.number_length ? 0 : end;
}

void JsonNotes::key(std::size_t level, std::uint32_t opening, std::uint32_t closing, std::uint32_t colon) {
    std::vector<JsonField>& fields = fields_[level];
    if (!fields.empty()) {
        std::uint32_t comma = opening - 1;
        while (is_blank_byte(text_[comma])) --comma;
        end_value(level, comma);
    }
    std::uint32_t value = colon + 1;
    while (value < text_.size() && is_blank_byte(text_[value])) ++value;
    fields.push_back({opening + 1, closing, value, 0, 0});
}

void JsonNotes::end_value(std::size_t level, std::uint32_t end) {
    if (fields_[level].empty()) return;
    while (is_blank_byte(text_[end - 1])) --end;
    fields_[level].back().value_end = end;
}

bool JsonNotes::end_child(std::uint32_t end) {
    if (fields_[0].empty()) return false;  // a member without a key, which is told only when the root ends
    JsonField& field = fields_[0].back();
    if (end + 1 - field.value_start < RecordIndexer::kMinNestedBytes) return true;
    if (!has_escapes_ || !has_backslash(fields_[1]))
        field.object = append_fields(fields_[1], base_, words_);
    return true;
}

bool JsonNotes::has_backslash(const std::vector<JsonField>& fields) const {
    return std::any_of(fields.begin(), fields.end(), [this](const JsonField& field) {
        return text_.substr(field.key_start, field.key_end - field.key_start).find('\\') != text_.npos;
    });
}

std::uint32_t JsonNotes::finish(bool is_beyond_ascii) {
    if (is_beyond_ascii && !simdjson::validate_utf8(text_.data(), text_.size())) return 0;
    if (has_escapes_ && has_backslash(fields_[0])) return 0;
    return append_fields(fields_[0], base_, words_);
}

}  // namespace af
