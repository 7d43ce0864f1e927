#include "cli/completion_cases.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace af {
namespace {

// `{0}`: patterns of commands, `{1}`: of options with a value. bash hands "--option=value" over as three words.
constexpr std::string_view kBegin = R"(# Completion of af for bash. Into ~/.bashrc:  source <(af completion bash)

_af_words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }}
_af_files() {{ compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }}

_af() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} at=af place=0 word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; ++i)); do
        word=${{COMP_WORDS[i]}}
        case "$at $word" in
            {0}) at="$at $word"; place=0 ;;
            {1}) ((++i)); [[ ${{COMP_WORDS[i]}} == = ]] && ((++i)) ;;
            *' -'?*) ;;
            *) ((++place)) ;;
        esac
    done
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
)";

std::string values(const CompletedCommand& root) {
    std::string text = "    case \"$at $prev\" in\n";
    each_option_with_words(root, [&text](const std::string& patterns, const CompletedValue& value) {
        text += fmt::format("        {}) _af_words {}; return ;;\n", patterns,
                            shell_quoted(fmt::format("{}", fmt::join(value.words, " "))));
    });
    const std::string files = option_patterns(root, [](const CompletedOption& option) { return option.value.files; });
    if (!files.empty()) text += fmt::format("        {}) _af_files; return ;;\n", files);
    text += fmt::format("        {}) return ;;\n    esac\n", option_patterns(root));
    return text;
}

std::string options(const CompletedCommand& root) {
    std::string text = "    if [[ $cur == -* ]]; then\n        case \"$at\" in\n";
    for (const CompletedCommand* command : all_commands(root)) {
        std::vector<std::string> names;
        for (const CompletedOption& option : command->options)
            names.insert(names.end(), option.names.begin(), option.names.end());
        text += fmt::format("            {}) _af_words {} ;;\n", shell_quoted(command->path),
                            shell_quoted(fmt::format("{}", fmt::join(names, " "))));
    }
    return text + "        esac\n        return\n    fi\n";
}

std::string arguments(const CompletedCommand& root) {
    std::string text = "    case \"$at:$place\" in\n";
    for (const CompletedCommand* command : all_commands(root)) {
        if (!command->commands.empty()) {
            std::vector<std::string> names;
            for (const CompletedCommand& below : command->commands) names.push_back(below.name);
            text += fmt::format("        {}) _af_words {} ;;\n", shell_quoted(command->path + ":0"),
                                shell_quoted(fmt::format("{}", fmt::join(names, " "))));
        }
        for (std::size_t place = 0; place < command->arguments.size(); ++place) {
            const CompletedValue& value = command->arguments[place].value;
            const std::string pattern = argument_pattern(*command, place);
            if (!value.words.empty())
                text += fmt::format("        {}) _af_words {} ;;\n", pattern,
                                    shell_quoted(fmt::format("{}", fmt::join(value.words, " "))));
            else if (value.files)
                text += fmt::format("        {}) _af_files ;;\n", pattern);
        }
    }
    return text + "    esac\n";
}

}  // namespace

std::string bash_completion(const CompletedCommand& root) {
    return fmt::format(kBegin, command_patterns(root), option_patterns(root)) + values(root) + options(root) +
           arguments(root) + "}\n\ncomplete -F _af af\n";
}

}  // namespace af
