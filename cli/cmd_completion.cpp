// cli/cmd_completion.cpp - "af completion": the script that makes a shell complete `af` commands.
#include "cli/command.hpp"
#include "cli/completion.hpp"
#include "engine/file.hpp"

#include <CLI/App.hpp>
#include <memory>
#include <string>

namespace af {
namespace {

constexpr const char* kHelp =
    "Prints the script that makes a shell complete commands, options and their values.\n"
    "\n"
    "examples:\n"
    "  source <(af completion bash)                  in ~/.bashrc\n"
    "  source <(af completion zsh)                   in ~/.zshrc, behind compinit\n"
    "  af completion fish | source                   in ~/.config/fish/config.fish";

int print_completion(const CLI::App& app, const std::string& shell) {
    const CompletedCommand root = completed_command(app);
    if (shell == "bash") write_stdout(bash_completion(root));
    if (shell == "zsh") write_stdout(zsh_completion(root));
    if (shell == "fish") write_stdout(fish_completion(root));
    return 0;
}

}  // namespace

void add_completion(CLI::App& app, Action& chosen) {
    auto shell = std::make_shared<std::string>();
    CLI::App* completion = app.add_subcommand("completion", kHelp);
    completion->add_option("SHELL", *shell)->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion->callback([&app, &chosen, shell] { chosen = [&app, shell] { return print_completion(app, *shell); }; });
}

}  // namespace af
