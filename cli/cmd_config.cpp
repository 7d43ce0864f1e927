// cli/cmd_config.cpp - "af config": what the settings are, where each comes from, and setting them.
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/edit_settings.hpp"
#include "cli/settings.hpp"
#include "engine/file.hpp"
#include "stages/flow/session.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHelp =
    "Shows and sets what commands need to know each time: the cluster's task queue, the index, the key...\n"
    "An option of a command goes before the variable AF_<NAME>, then af.yml in this folder or one above, then\n"
    "$XDG_CONFIG_HOME/af/config.yml (else ~/.config/af/config.yml), then what is built in.\n"
    "\n"
    "examples:\n"
    "  af config show --origin\n"
    "  af config set task_queue proj-telemetry/ci\n"
    "  af config set --project image registry.example/analysis:3\n"
    "  af config unset image\n"
    "exit status: 0 done | 2 no such setting, or not a value it can have | 78 a file that cannot be used";

struct ConfigOptions {
    std::string name;
    std::string value;
    bool project = false;
    bool origin = false;
    bool json = false;
};

Settings current() { return Settings::load(process_environment, fs::current_path()); }

void print_json(const nlohmann::ordered_json& value) {
    write_stdout(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

nlohmann::ordered_json described(const SettingName& name, const std::optional<Setting>& found) {
    nlohmann::ordered_json row{{"name", name.name}, {"value", nullptr}, {"origin", nullptr}, {"about", name.about}};
    if (!found) return row;
    row["value"] = found->value;
    row["origin"] = found->origin;
    return row;
}

// A line of a file of settings; what nobody sets is a comment in it.
std::string line_of(const SettingName& name, const std::optional<Setting>& found, bool origin) {
    if (!found) return fmt::format("# {}: {}\n", name.name, name.about);
    const std::string line = fmt::format("{}: {}", name.name, found->value.empty() ? "\"\"" : printable(found->value));
    return origin ? fmt::format("{:<40}  # {}\n", line, printable(found->origin)) : line + "\n";
}

int show(const ConfigOptions& options) {
    const Settings settings = current();
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    std::string text;
    for (const SettingName& name : setting_names()) {
        const std::optional<Setting> found = settings.find(name.name);
        if (options.json)
            rows.push_back(described(name, found));
        else
            text += line_of(name, found, options.origin);
    }
    if (options.json)
        print_json(rows);
    else
        write_stdout(text);
    return 0;
}

int get(const ConfigOptions& options) {
    const SettingName& name = setting_name_of(options.name);
    const std::optional<Setting> found = current().find(name.name);
    if (options.json)
        print_json(described(name, found));
    else if (found)
        write_stdout(found->value + "\n");
    return 0;
}

fs::path user_file() { return config_folder(process_environment) / kUserSettingsFile; }

fs::path project_file() {
    const std::optional<fs::path> found = project_settings_file(fs::current_path());
    if (!found) return fs::current_path() / kProjectSettingsFile;
    check_settings_owner(*found);
    return *found;
}

// A path is typed as seen from here, but read as seen from the file.
std::string value_for(const fs::path& file, const SettingName& name, const std::string& typed) {
    const std::string whole = setting_from(fs::current_path(), name, typed);
    if (whole == typed) return typed;
    const std::string from_file = fs::path(whole).lexically_relative(file.parent_path()).string();
    return from_file.empty() || from_file.starts_with("..") ? whole : from_file;
}

int set(const ConfigOptions& options) {
    const SettingName& name = setting_name_of(options.name);
    if (const auto why = why_not(name, options.value)) throw Error(ErrorKind::usage, *why).about(name.name);
    const fs::path file = options.project ? project_file() : user_file();
    write_setting(file, name.name, value_for(file, name, options.value));
    Console console(console_options(Verbosity::normal, options.json, false));
    console.say(fmt::format("{} is set in {}", name.name, file.string()));
    const std::optional<Setting> now = current().find(name.name);
    if (now && !now->origin.starts_with(file.string()))
        console.warn(fmt::format("{} goes before it here and says \"{}\"", now->origin, now->value));
    return 0;
}

int unset(const ConfigOptions& options) {
    const SettingName& name = setting_name_of(options.name);
    const fs::path file = options.project ? project_file() : user_file();
    Console console(console_options(Verbosity::normal, options.json, false));
    if (!remove_setting(file, name.name)) {
        console.say(fmt::format("{} is not set in {}", name.name, file.string()));
        return 0;
    }
    console.say(fmt::format("{} is no longer set in {}", name.name, file.string()));
    if (const std::optional<Setting> now = current().find(name.name)) {
        console.warn(fmt::format("{} still says \"{}\"", now->origin, now->value));
    }
    return 0;
}

int path(const ConfigOptions& options) {
    const std::optional<fs::path> project = project_settings_file(fs::current_path());
    const std::string user = user_file().string();
    if (options.json) {
        nlohmann::ordered_json files{{"project", nullptr}, {"user", user}};
        if (project) files["project"] = project->string();
        print_json(files);
    } else {
        write_stdout((project ? project->string() + "\n" : "") + user + "\n");
    }
    return 0;
}

CLI::App* add(CLI::App& config, const std::string& name, const std::string& about, ConfigOptions& options) {
    CLI::App* command = config.add_subcommand(name, about);
    command->add_flag("--json", options.json, "for programs");
    return command;
}

}  // namespace

void add_config(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<ConfigOptions>();
    CLI::App* config = app.add_subcommand("config", kHelp);
    config->require_subcommand(1);

    CLI::App* show_command = add(*config, "show", "All settings, as a file of settings.", *options);
    show_command->add_flag("--origin", options->origin, "say where each comes from");
    show_command->callback([&chosen, options] { chosen = [options] { return show(*options); }; });

    CLI::App* get_command = add(*config, "get", "One setting; nothing when it is not set.", *options);
    get_command->add_option("NAME", options->name)->required()->type_name("SETTING");
    get_command->callback([&chosen, options] { chosen = [options] { return get(*options); }; });

    CLI::App* set_command = add(*config, "set", "Sets one in the user's file; other lines stay as they are.", *options);
    set_command->add_option("NAME", options->name)->required()->type_name("SETTING");
    set_command->add_option("VALUE", options->value, "\"\" says that there is none")->required()->type_name("VALUE");
    set_command->add_flag("--project", options->project, "in af.yml of this folder or the nearest above");
    set_command->callback([&chosen, options] { chosen = [options] { return set(*options); }; });

    CLI::App* unset_command =
        add(*config, "unset", "Takes one out of the user's file; other lines stay as they are.", *options);
    unset_command->add_option("NAME", options->name)->required()->type_name("SETTING");
    unset_command->add_flag("--project", options->project, "out of af.yml of this folder or the nearest above");
    unset_command->callback([&chosen, options] { chosen = [options] { return unset(*options); }; });

    CLI::App* path_command =
        add(*config, "path", "The files that are read: the project's, if any, and the user's.", *options);
    path_command->callback([&chosen, options] { chosen = [options] { return path(*options); }; });
}

}  // namespace af
