// Settings that outlive one command: where the cluster, the index and the keys are.
//
// Order    the command's own option; the environment (AF_<NAME>); the project's file af.yml in this folder or one above;
//          $XDG_CONFIG_HOME/af/config.yml (else ~/.config/af/config.yml); what is built in.
// Names    kSettings lists them, with their variable and what they mean. A name that is none is refused in a file, with its
//          line and the nearest name that is one. A secret never is a setting.
// Errors   config: a file that is not a flat YAML mapping of texts, unknown names, values that cannot be one.
// Threads  a value; read at the start, used from any thread.
#pragma once

#include "stages/environment.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct SettingName {
    std::string_view name;      // "task_queue", as the files have it
    std::string_view variable;  // "AF_TASK_QUEUE"
    std::string_view built_in;  // ""; what holds when nobody says anything
    std::string_view about;     // for `af config`, one line
};
// index image task_queue scheduler_id project_id priority owner key key_secret credentials input_root load_size load_files
// deadline expires max_run_time retries index_namespace slack_channel matrix_room
std::span<const SettingName> setting_names();

struct Setting {
    std::string value;
    std::string origin;  // "AF_INDEX", "/home/me/.config/af/config.yml:3", "built in"
};

class Settings {
public:
    static Settings load(const Environment& environment, const std::filesystem::path& working_folder);

    // Of a name in setting_names(). nullopt: nobody says anything, and nothing is built in.
    std::optional<Setting> find(std::string_view name) const;
    // `option` when it is not empty, else what find() says, else "".
    std::string text(const std::string& option, std::string_view name) const;

private:
    struct Value {
        std::string name;
        Setting setting;
    };
    std::vector<Value> values_;
};

// $XDG_CONFIG_HOME/af, $XDG_STATE_HOME/af, with the defaults of the XDG base directory specification.
std::filesystem::path config_folder(const Environment& environment);
std::filesystem::path state_folder(const Environment& environment);

}  // namespace af
