// A glob or a regular expression that a whole value has to match, in time linear in the value (RE2).
#pragma once

#include "engine/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace af {

// Threads  const use from any thread.
class Pattern {
public:
    // RE2 syntax, at most 1 MiB of compiled program. The error says what is wrong with the expression.
    static Result<Pattern> regex(std::string_view expression);
    // `*` any text, `?` one character, `[ab]`, `[a-z]`, `[!a-z]` one of a set; a `[` that is never closed is itself.
    // Nothing is special about `/` and `.` (as in Python's fnmatch).
    static Result<Pattern> glob(std::string_view expression);

    const std::string& expression() const;        // in RE2 syntax
    bool matches(std::string_view value) const;   // all of it
    bool is_found_in(std::string_view value) const;  // somewhere

private:
    explicit Pattern(std::shared_ptr<const re2::RE2> program) : program_(std::move(program)) {}
    std::shared_ptr<const re2::RE2> program_;
};

// The regular expression that matches what the glob does.
std::string glob_to_regex(std::string_view glob);

}  // namespace af
