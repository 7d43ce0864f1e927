#include "cli/completion_cases.hpp"

#include <fmt/format.h>

namespace af {
namespace {

void add_pattern(std::string& patterns, const std::string& text) {
    if (!patterns.empty()) patterns += '|';
    patterns += shell_quoted(text);
}

std::string patterns_of(const CompletedCommand& command, const CompletedOption& option) {
    std::string patterns;
    for (const std::string& name : option.names) add_pattern(patterns, command.path + " " + name);
    return patterns;
}

}  // namespace

std::string shell_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

std::string command_patterns(const CompletedCommand& root) {
    std::string patterns;
    for (const CompletedCommand* command : all_commands(root)) {
        if (command != &root) add_pattern(patterns, command->path);
    }
    return patterns;
}

std::string option_patterns(const CompletedCommand& root, const std::function<bool(const CompletedOption&)>& wanted) {
    std::string patterns;
    for (const CompletedCommand* command : all_commands(root)) {
        for (const CompletedOption& option : command->options) {
            if (!option.takes_value || (wanted && !wanted(option))) continue;
            for (const std::string& name : option.names) add_pattern(patterns, command->path + " " + name);
        }
    }
    return patterns;
}

std::string argument_pattern(const CompletedCommand& command, std::size_t place) {
    if (command.arguments[place].repeats) return shell_quoted(command.path + ":") + "*";
    return shell_quoted(fmt::format("{}:{}", command.path, place));
}

void each_option_with_words(const CompletedCommand& root,
                            const std::function<void(const std::string& patterns, const CompletedValue& value)>& take) {
    for (const CompletedCommand* command : all_commands(root)) {
        for (const CompletedOption& option : command->options) {
            if (option.takes_value && !option.value.words.empty()) take(patterns_of(*command, option), option.value);
        }
    }
}

}  // namespace af
