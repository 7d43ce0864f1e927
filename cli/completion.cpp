#include "cli/completion.hpp"

#include "cli/help_format.hpp"
#include "cli/setting_names.hpp"

#include <algorithm>

namespace af {
namespace {

// CLI::IsMember describes itself as "{skip,fail}" behind the name of the type.
std::vector<std::string> listed_words(const std::string& type) {
    std::vector<std::string> words;
    const auto begin = type.find('{');
    const auto end = type.find('}');
    if (begin == type.npos || end == type.npos || end < begin) return words;
    std::string rest = type.substr(begin + 1, end - begin - 1);
    for (;;) {
        const auto comma = rest.find(',');
        words.push_back(rest.substr(0, comma));
        if (comma == rest.npos) return words;
        rest.erase(0, comma + 1);
    }
}

CompletedValue value_of(const CLI::Option& option) {
    CompletedValue value;
    const std::string type = option.get_type_name();
    value.words = listed_words(type);
    if (type.starts_with("SETTING")) {
        for (const SettingName& setting : setting_names()) value.words.emplace_back(setting.name);
    }
    const bool is_typed = type.starts_with("UINT") || type.starts_with("INT") || type.starts_with("FLOAT") ||
                          type.starts_with("DURATION") || type.starts_with("VALUE");
    value.files = value.words.empty() && !is_typed;
    return value;
}

CompletedOption option_of(const CLI::Option& option) {
    CompletedOption completed;
    for (const std::string& name : option.get_lnames()) completed.names.push_back("--" + name);
    for (const std::string& name : option.get_snames()) completed.names.push_back("-" + name);
    completed.about = first_sentence(option.get_description());
    completed.takes_value = option.get_items_expected_max() > 0;
    if (completed.takes_value) completed.value = value_of(option);
    return completed;
}

CompletedCommand command_of(const CLI::App& app, const std::string& above) {
    CompletedCommand command;
    command.name = app.get_name();
    command.path = above.empty() ? command.name : above + " " + command.name;
    command.about = first_sentence(app.get_description());
    for (const CLI::Option* option : app.get_options()) {
        if (option->nonpositional())
            command.options.push_back(option_of(*option));
        else
            command.arguments.push_back({value_of(*option), option->get_items_expected_max() > 1});
    }
    for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!below->get_name().empty()) command.commands.push_back(command_of(*below, command.path));
    }
    std::sort(command.commands.begin(), command.commands.end(),
              [](const CompletedCommand& a, const CompletedCommand& b) { return a.name < b.name; });
    return command;
}

void collect(const CompletedCommand& command, std::vector<const CompletedCommand*>& all) {
    all.push_back(&command);
    for (const CompletedCommand& below : command.commands) collect(below, all);
}

}  // namespace

CompletedCommand completed_command(const CLI::App& app) { return command_of(app, ""); }

std::vector<const CompletedCommand*> all_commands(const CompletedCommand& root) {
    std::vector<const CompletedCommand*> all;
    collect(root, all);
    return all;
}

}  // namespace af
