#include "cli/completion_cases.hpp"

#include <fmt/format.h>

namespace af {
namespace {

// `{0}`: patterns of commands, `{1}`: of options with a value.
constexpr std::string_view kBegin = R"(#compdef af
# Completion of af for zsh. Into ~/.zshrc, behind compinit:  source <(af completion zsh)

_af() {{
    local cur=${{words[CURRENT]}} prev=${{words[CURRENT-1]}} at=af word
    local -a names
    integer i place=0
    for ((i = 2; i < CURRENT; ++i)); do
        word=${{words[i]}}
        case "$at $word" in
            ({0}) at="$at $word"; place=0 ;;
            ({1}) ((++i)) ;;
            (*' -'?*) ;;
            (*) ((++place)) ;;
        esac
    done
    if [[ $cur == --*=* ]]; then
        prev=${{cur%%=*}}
        compset -P '*='
    fi
)";

std::string words_of(const CompletedValue& value) {
    std::string text;
    for (const std::string& word : value.words) text += " " + shell_quoted(word);
    return text;
}

// name:about, for _describe, where a ':' of the name needs a backslash.
std::string described(std::string_view name, std::string_view about) {
    std::string text;
    for (const char c : name) {
        if (c == ':') text += '\\';
        text += c;
    }
    return " " + shell_quoted(fmt::format("{}:{}", text, about));
}

std::string values(const CompletedCommand& root) {
    std::string text = "    case \"$at $prev\" in\n";
    each_option_with_words(root, [&text](const std::string& patterns, const CompletedValue& value) {
        text += fmt::format("        ({}) compadd --{}; return ;;\n", patterns, words_of(value));
    });
    const std::string files = option_patterns(root, [](const CompletedOption& option) { return option.value.files; });
    if (!files.empty()) text += fmt::format("        ({}) _files; return ;;\n", files);
    return text + fmt::format("        ({}) return 1 ;;\n    esac\n", option_patterns(root));
}

std::string options(const CompletedCommand& root) {
    std::string text = "    if [[ $cur == -* ]]; then\n        case \"$at\" in\n";
    for (const CompletedCommand* command : all_commands(root)) {
        std::string names;
        for (const CompletedOption& option : command->options) {
            for (const std::string& name : option.names) names += described(name, option.about);
        }
        text += fmt::format("            ({}) names=({} ) ;;\n", shell_quoted(command->path), names);
    }
    return text + "        esac\n        _describe -o option names\n        return\n    fi\n";
}

std::string arguments(const CompletedCommand& root) {
    std::string text = "    case \"$at:$place\" in\n";
    for (const CompletedCommand* command : all_commands(root)) {
        if (!command->commands.empty()) {
            std::string names;
            for (const CompletedCommand& below : command->commands) names += described(below.name, below.about);
            text += fmt::format("        ({}) names=({} ); _describe command names ;;\n",
                                shell_quoted(command->path + ":0"), names);
        }
        for (std::size_t place = 0; place < command->arguments.size(); ++place) {
            const CompletedValue& value = command->arguments[place].value;
            const std::string pattern = argument_pattern(*command, place);
            if (!value.words.empty())
                text += fmt::format("        ({}) compadd --{} ;;\n", pattern, words_of(value));
            else if (value.files)
                text += fmt::format("        ({}) _files ;;\n", pattern);
        }
    }
    return text + "    esac\n";
}

}  // namespace

std::string zsh_completion(const CompletedCommand& root) {
    return fmt::format(kBegin, command_patterns(root), option_patterns(root)) + values(root) + options(root) +
           arguments(root) +
           "}\n\nif [[ ${funcstack[1]} == _af ]]; then\n    _af \"$@\"\nelse\n    compdef _af af\nfi\n";
}

}  // namespace af
