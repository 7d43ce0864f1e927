// What a shell can offer while somebody types `af ...`, taken from the argument parser itself: commands, their options,
// the words an option or argument may be. And the scripts that offer it. Pure.
//
// Values   words where the parser has a list (or it is a setting's name); nothing for numbers; files elsewhere.
// Source   bash 5.2 "Programmable Completion"; zshcompsys(1); fish-completions(7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace af {

struct CompletedValue {
    bool files = false;
    std::vector<std::string> words;
};

struct CompletedOption {
    std::vector<std::string> names;  // "--job", "-j"
    std::string about;
    bool takes_value = false;
    CompletedValue value;
};

struct CompletedArgument {
    CompletedValue value;
    bool repeats = false;
};

struct CompletedCommand {
    std::string path;  // "af config get"
    std::string name;  // "get"
    std::string about;
    std::vector<CompletedOption> options;
    std::vector<CompletedArgument> arguments;
    std::vector<CompletedCommand> commands;
};

CompletedCommand completed_command(const CLI::App& app);

// `root` and all below it, each before those below it.
std::vector<const CompletedCommand*> all_commands(const CompletedCommand& root);

std::string bash_completion(const CompletedCommand& root);
std::string zsh_completion(const CompletedCommand& root);
std::string fish_completion(const CompletedCommand& root);

}  // namespace af
