#include "stages/submit/json_rows.hpp"

#include "engine/error.hpp"
#include "stages/json_space.hpp"

#include <fmt/format.h>

namespace af {
namespace {

Error no_list(std::string_view input) {
    if (input.front() == '<') return Error(ErrorKind::corrupt, "the reply is HTML or XML, not JSON");
    return Error(ErrorKind::corrupt,
                 fmt::format("the reply is no JSON list: it begins \"{}\"", escaped(input.substr(0, 40))));
}

}  // namespace

std::optional<std::string_view> JsonRows::next() {
    if (state_ == State::row) return rest_of_row();
    while (!input_.empty()) {
        const char c = input_.front();
        if (c == '{' && (state_ == State::first || state_ == State::another)) {
            ++number_;
            state_ = State::row;
            return rest_of_row();
        }
        if (!is_json_space(c)) between_rows(c);
        input_.remove_prefix(1);
    }
    return std::nullopt;
}

void JsonRows::between_rows(char c) {
    switch (state_) {
        case State::start:
            if (c != '[') throw no_list(input_);
            state_ = State::first;
            return;
        case State::first:
        case State::another:
            if (c != ']' || state_ != State::first)
                throw Error(ErrorKind::corrupt, fmt::format("row {} is no JSON object", number_ + 1));
            state_ = State::end;
            return;
        case State::after:
            if (c != ',' && c != ']')
                throw Error(ErrorKind::corrupt, fmt::format("after row {} there is no comma", number_));
            state_ = c == ',' ? State::another : State::end;
            return;
        case State::row: return;
        case State::end: throw Error(ErrorKind::corrupt, "the reply goes on after the end of its list");
    }
}

std::optional<std::string_view> JsonRows::rest_of_row() {
    const std::optional<std::size_t> end = end_of_row();
    const std::string_view part = input_.substr(0, end.value_or(input_.size()));
    if (carried_.size() + part.size() > kMostRowBytes)
        throw Error(ErrorKind::corrupt, fmt::format("row {} is longer than {} bytes", number_, kMostRowBytes));
    input_.remove_prefix(part.size());
    if (!end) {
        carried_ += part;
        return std::nullopt;
    }
    state_ = State::after;
    if (carried_.empty()) return part;
    whole_ = std::move(carried_);
    carried_.clear();
    whole_ += part;
    return whole_;
}

// Behind its last bracket, when that is in this piece.
std::optional<std::size_t> JsonRows::end_of_row() {
    for (std::size_t i = 0; i < input_.size(); ++i) {
        const char c = input_[i];
        if (in_text_) {
            if (after_backslash_)
                after_backslash_ = false;
            else if (c == '\\')
                after_backslash_ = true;
            else if (c == '"')
                in_text_ = false;
        } else if (c == '"') {
            in_text_ = true;
        } else if (c == '{' || c == '[') {
            if (++depth_ > kMostDepth)
                throw Error(ErrorKind::corrupt,
                            fmt::format("row {} is nested deeper than {} levels", number_, kMostDepth));
        } else if ((c == '}' || c == ']') && --depth_ == 0) {
            return i + 1;
        }
    }
    return std::nullopt;
}

}  // namespace af
