// Settings as options of a command: task_queue is --task-queue. What an option says goes before every file and
// variable.
//
// Errors   usage: a value the setting cannot have, found when it is asked for.
#pragma once

#include "cli/settings.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace af {

// Name of the setting -> value, for the options that were used.
using SettingOptions = std::map<std::string, std::string, std::less<>>;

// Adds an option for each name to `command`, in the group "Settings" of its help. `options` outlives the parser.
void add_setting_options(CLI::App& command, SettingOptions& options, std::initializer_list<std::string_view> names);

// The settings of one command: its options in front.
class ChosenSettings {
public:
    ChosenSettings(Settings settings, SettingOptions options);

    // "" when nobody says anything.
    std::string text(std::string_view name) const;
    // Error(usage) with what sets it when nobody says anything.
    std::string needed(std::string_view name) const;
    std::chrono::seconds duration(std::string_view name) const;
    std::uint64_t bytes(std::string_view name) const;
    std::uint64_t count(std::string_view name) const;
    // "--deadline", "AF_DEADLINE", "/home/me/.config/af/config.yml:3", "built in"; "" when nobody says anything.
    std::string origin(std::string_view name) const;

private:
    Settings settings_;
    SettingOptions options_;
};

}  // namespace af
