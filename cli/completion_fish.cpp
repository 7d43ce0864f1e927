#include "cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace af {
namespace {

// `{0}`: "$at $word" of commands, `{1}`: of options with a value.
constexpr std::string_view kBegin =
    R"(# Completion of af for fish. Into ~/.config/fish/config.fish:  af completion fish | source

function __af_at
    set -l at af
    set -l place 0
    set -l skip 0
    set -l typed (commandline -opc)
    set -e typed[1]
    for word in $typed
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at $word"
            case {0}
                set at "$at $word"
                set place 0
            case {1}
                set skip 1
            case '* -*'
            case '*'
                set place (math $place + 1)
        end
    end
    echo "$at:$place"
end

function __af_in
    string match -q -- $argv[1] (__af_at)
end

complete -c af -f
)";

std::string fish_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string condition(const std::string& pattern) { return fish_quoted("__af_in " + fish_quoted(pattern)); }

std::string value_of(const CompletedValue& value) {
    if (value.files) return " -r -F";
    if (value.words.empty()) return " -x";
    return fmt::format(" -x -a {}", fish_quoted(fmt::format("{}", fmt::join(value.words, " "))));
}

std::string option_line(const CompletedCommand& command, const CompletedOption& option) {
    std::string line = "complete -c af -n " + condition(command.path + ":*");
    for (const std::string& name : option.names)
        line += name.starts_with("--") ? " -l " + fish_quoted(name.substr(2)) : " -s " + fish_quoted(name.substr(1));
    if (option.takes_value) line += value_of(option.value);
    return line + " -d " + fish_quoted(option.about) + "\n";
}

std::string argument_line(const CompletedCommand& command, std::size_t place) {
    const CompletedArgument& argument = command.arguments[place];
    const std::string at = fmt::format("{}:{}", command.path, argument.repeats ? "*" : std::to_string(place));
    if (argument.value.files) return fmt::format("complete -c af -n {} -F\n", condition(at));
    if (argument.value.words.empty()) return "";
    return fmt::format("complete -c af -n {} -a {}\n", condition(at),
                       fish_quoted(fmt::format("{}", fmt::join(argument.value.words, " "))));
}

}  // namespace

std::string fish_completion(const CompletedCommand& root) {
    std::vector<std::string> commands;
    std::vector<std::string> options;
    std::string lines;
    for (const CompletedCommand* command : all_commands(root)) {
        if (command != &root) commands.push_back(fish_quoted(command->path));
        for (const CompletedCommand& below : command->commands) {
            lines += fmt::format("complete -c af -n {} -a {} -d {}\n", condition(command->path + ":0"),
                                 fish_quoted(below.name), fish_quoted(below.about));
        }
        for (const CompletedOption& option : command->options) {
            lines += option_line(*command, option);
            if (!option.takes_value) continue;
            for (const std::string& name : option.names) options.push_back(fish_quoted(command->path + " " + name));
        }
        for (std::size_t place = 0; place < command->arguments.size(); ++place) lines += argument_line(*command, place);
    }
    return fmt::format(kBegin, fmt::join(commands, " "), fmt::join(options, " ")) + lines;
}

}  // namespace af
