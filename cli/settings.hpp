// Settings that outlive one command: where the cluster, the index and the keys are.
//
// Order    the command's own option; the environment (AF_<NAME>); the project's file af.yml in this folder or the
//          nearest above; $XDG_CONFIG_HOME/af/config.yml (else ~/.config/af/config.yml); what is built in.
// Names    setting_names() lists them (setting_names.hpp). A name that is none is refused in a file, with its line and
//          the nearest name that is one. A secret never is a setting.
// Empty    "" in a file says that there is none, whatever a file further down says. An empty variable says nothing.
// Paths    relative ones in a file begin at the file's folder, elsewhere at the working folder.
// Trust    a project's file is read when it belongs to this user or to root: it says whom credentials are sealed for.
// Errors   config: a file that is not a flat YAML mapping of texts, unknown names, values that cannot be one, a file of
//          another user; usage: a variable that cannot be one.
// Threads  a value; read at the start, used from any thread.
#pragma once

#include "cli/setting_names.hpp"
#include "stages/environment.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

inline constexpr std::string_view kProjectSettingsFile = "af.yml";
inline constexpr std::string_view kUserSettingsFile = "config.yml";  // in config_folder()

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

// $XDG_CONFIG_HOME/af, $XDG_STATE_HOME/af, with the defaults of the XDG base directory specification. Throw
// Error(config) when the environment does not even have a HOME.
std::filesystem::path config_folder(const Environment& environment);
std::filesystem::path state_folder(const Environment& environment);

// The value as a file in `folder` means it: a relative path begins there. Others as they are.
std::string setting_from(const std::filesystem::path& folder, const SettingName& name, std::string value);

// Throws Error(config) for a file of another user.
void check_settings_owner(const std::filesystem::path& file);

// The nearest af.yml, in this folder or above.
std::optional<std::filesystem::path> project_settings_file(const std::filesystem::path& working_folder);

}  // namespace af
