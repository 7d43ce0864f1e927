#include "cli/help_format.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::size_t kNameColumns = 14;
constexpr std::size_t kOptionColumns = 34;

}  // namespace

HelpFormat::HelpFormat() { column_width(kOptionColumns); }

std::string HelpFormat::make_subcommand(const CLI::App* subcommand) const {
    return fmt::format("  {:{}}{}\n", subcommand->get_name(), kNameColumns,
                       first_sentence(subcommand->get_description()));
}

std::string first_sentence(const std::string& text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool ends = text[at] == ':' || text[at] == '.' || text[at] == ';';
        if (ends && (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n')) return text.substr(0, at);
    }
    std::string whole = text.substr(0, text.find("\n\n"));
    std::replace(whole.begin(), whole.end(), '\n', ' ');
    return whole;
}

}  // namespace af
