// How help looks: the program's own lists its subcommands in one line each; each subcommand tells the rest itself.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>

#include <string>

namespace af {

class HelpFormat final : public CLI::Formatter {
public:
    HelpFormat();
    std::string make_subcommand(const CLI::App* subcommand) const override;
};

// The first sentence of a text: up to a ':' or '.' that white space follows, or the end.
std::string first_sentence(const std::string& text);

}  // namespace af
