// What one check of `af doctor` found: a line for people.
#pragma once

#include "cli/failure.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace af {

struct Finding {
    enum class State { ok, warning, wrong, skipped };
    std::string check;  // "root URL"
    State state = State::ok;
    std::string text;    // what there is
    std::string advice;  // what to do about it; empty: nothing
    int status = 0;      // of wrong: what a command that needs it would end with
};

std::string_view word_of(Finding::State state) noexcept;

Finding ok(std::string text);
Finding warning(std::string text, std::string advice);
Finding skipped(std::string why);
Finding wrong(int status, std::string text, std::string advice);

// What `look` finds, under that name; an Error it throws is what is wrong, with the status of the step and, when it
// knows none of its own, this advice. An interruption is no finding: it is thrown on.
Finding checked(std::string_view check, std::optional<ClusterStep> step, std::string_view advice,
                const std::function<Finding()>& look);

// "ok       root URL: https://tc.example answers", and what to do behind it.
std::string line_of(const Finding& finding);
std::string json_of(const Finding& finding);

}  // namespace af
