#include "stages/filter/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace af {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// The set that starts behind the '[' at `begin - 1`: appends it to `out` and returns the place behind its ']', or npos
// when it is not closed.
std::size_t append_set(std::string_view glob, std::size_t begin, std::string& out) {
    std::size_t first = begin;
    const bool negated = first < glob.size() && glob[first] == '!';
    if (negated) ++first;
    const std::size_t end = glob.find(']', first + 1);  // a ']' that comes first is a member
    if (first >= glob.size() || end == glob.npos) return std::string_view::npos;
    out += negated ? "[^" : "[";
    for (std::size_t i = first; i < end; ++i) {
        const char c = glob[i];
        const bool range_dash = c == '-' && i > first && i + 1 < end;
        if (c == '\\' || c == ']' || c == '[' || c == '^' || (c == '-' && !range_dash)) out.push_back('\\');
        out.push_back(c);
    }
    out.push_back(']');
    return end + 1;
}

}  // namespace

std::string glob_to_regex(std::string_view glob) {
    std::string out;
    for (std::size_t i = 0; i < glob.size();) {
        const char c = glob[i++];
        if (c == '*') {
            out += ".*";
        } else if (c == '?') {
            out += '.';
        } else if (c == '[') {
            const std::size_t after = append_set(glob, i, out);
            if (after == std::string_view::npos) out += "\\[";
            else i = after;
        } else {
            if (std::string_view("\\.+()|{}^$]").find(c) != std::string_view::npos) out.push_back('\\');
            out.push_back(c);
        }
    }
    return out;
}

Result<Pattern> Pattern::regex(std::string_view expression) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    options.set_max_mem(1 << 20);
    auto program = std::make_shared<const re2::RE2>(piece(expression), options);
    if (!program->ok()) return Failure(Error(ErrorKind::config, program->error()));
    return Pattern(std::move(program));
}

Result<Pattern> Pattern::glob(std::string_view expression) { return regex(glob_to_regex(expression)); }

const std::string& Pattern::expression() const { return program_->pattern(); }

bool Pattern::matches(std::string_view value) const { return re2::RE2::FullMatch(piece(value), *program_); }

bool Pattern::is_found_in(std::string_view value) const { return re2::RE2::PartialMatch(piece(value), *program_); }

}  // namespace af
