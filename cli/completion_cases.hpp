// What the scripts for bash and zsh have in common: texts in quotes, and the patterns of their `case` statements.
//
// Both keep `at` ("af config get": the command typed so far) and `place` (how many of its arguments came before).
#pragma once

#include "cli/completion.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace af {

std::string shell_quoted(std::string_view text);  // 'it'\''s'

// "'af config'|'af run'": what, seen as "$at $word", leads into a command below. Empty when there is none.
std::string command_patterns(const CompletedCommand& root);

// The same for options with a value, of those commands and options that `wanted` lets through.
std::string option_patterns(const CompletedCommand& root,
                            const std::function<bool(const CompletedOption&)>& wanted = {});

// "'af run':*" or "'af config get:0'": "$at:$place" at the argument's place.
std::string argument_pattern(const CompletedCommand& command, std::size_t place);

// Each option with words to choose from, and its pattern.
void each_option_with_words(const CompletedCommand& root,
                            const std::function<void(const std::string& patterns, const CompletedValue& value)>& take);

}  // namespace af
