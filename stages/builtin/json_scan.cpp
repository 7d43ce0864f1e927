#include "stages/builtin/json_scan.hpp"

#include "stages/json_space.hpp"

#include <charconv>
#include <cstdint>

namespace af {
namespace {

void append_utf8(std::string& to, std::uint32_t c) {
    const auto tail = [&](unsigned shift) { to.push_back(static_cast<char>(0x80 | (c >> shift & 0x3F))); };
    if (c < 0x80) {
        to.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        to.push_back(static_cast<char>(0xC0 | c >> 6));
        tail(0);
    } else if (c < 0x10000) {
        to.push_back(static_cast<char>(0xE0 | c >> 12));
        tail(6);
        tail(0);
    } else {
        to.push_back(static_cast<char>(0xF0 | c >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::uint32_t four_digits(std::string_view text, std::size_t at) {
    std::uint32_t unit = 0;
    std::from_chars(text.data() + at, text.data() + at + 4, unit, 16);
    return unit;
}

char plain(char escape) {
    switch (escape) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return escape;
    }
}

}  // namespace

std::string_view json_string(std::string_view raw, std::string& room) {
    const std::string_view text = raw.substr(1, raw.size() - 2);
    std::size_t at = text.find('\\');
    if (at == text.npos) return text;
    room.assign(text, 0, at);
    while (at < text.size()) {
        if (text[at] != '\\') {
            room.push_back(text[at++]);
            continue;
        }
        const char escape = text[at + 1];
        at += 2;
        if (escape != 'u') {
            room.push_back(plain(escape));
            continue;
        }
        std::uint32_t c = four_digits(text, at);
        at += 4;
        if (c >= 0xD800 && c < 0xDC00) {
            c = 0x10000 + ((c - 0xD800) << 10) + (four_digits(text, at + 2) - 0xDC00);
            at += 6;
        }
        append_utf8(room, c);
    }
    return room;
}

void JsonItems::skip_space() {
    while (is_json_space(text_[at_])) ++at_;
}

bool JsonItems::next() {
    skip_space();
    if (text_[at_] == ',') {
        ++at_;
        skip_space();
    }
    if (text_[at_] == ']' || text_[at_] == '}') return false;
    value_ = take_value();
    if (text_.front() == '[') return true;
    key_ = value_;
    skip_space();
    ++at_;  // the colon
    skip_space();
    value_ = take_value();
    return true;
}

std::string_view JsonItems::take_value() {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    for (;; ++at_) {
        const char c = text_[at_];
        if (c == '"') {
            for (++at_; text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\';
            if (depth == 0) return text_.substr(begin, ++at_ - begin);
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if (c == ']' || c == '}') {
            if (depth == 0) break;  // of the container: the value before it is a number or a word
            if (--depth == 0) return text_.substr(begin, ++at_ - begin);
        } else if (depth == 0 && (c == ',' || is_json_space(c))) {
            break;
        }
    }
    return text_.substr(begin, at_ - begin);
}

}  // namespace af
