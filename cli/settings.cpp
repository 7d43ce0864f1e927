#include "cli/settings.hpp"

#include "engine/error.hpp"
#include "stages/job/yaml_reader.hpp"
#include "stages/job/yaml_tree.hpp"
#include "stages/s3/profile.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

namespace af {
namespace {

namespace fs = std::filesystem;

// A relative path in an XDG variable counts as none (XDG base directory specification 0.8).
std::optional<fs::path> base_folder(const Environment& environment, std::string_view name,
                                    std::string_view below_home) {
    const auto chosen = variable(environment, name);
    if (chosen && fs::path(*chosen).is_absolute()) return fs::path(*chosen) / "af";
    const auto home = variable(environment, "HOME");
    if (!home) return std::nullopt;
    return fs::path(*home) / below_home / "af";
}

std::optional<fs::path> user_folder(const Environment& environment) {
    return base_folder(environment, "XDG_CONFIG_HOME", ".config");
}

fs::path or_refuse(std::optional<fs::path> folder, std::string_view name) {
    if (folder) return *std::move(folder);
    throw Error(ErrorKind::config, fmt::format("neither {} nor HOME is set", name))
        .about(name)
        .hint("set HOME to a folder that belongs to you");
}

bool is_place(SettingKind kind) { return kind == SettingKind::path || kind == SettingKind::source; }

struct FileValue {
    const SettingName* name;
    Setting setting;
};

std::vector<FileValue> read_file(const fs::path& path) {
    std::vector<FileValue> values;
    const std::string file = path.string();
    const std::optional<std::string> text = read_small_file(file, YamlLimits().max_bytes);
    if (!text) return values;
    const YamlNode root = parse_yaml(*text, file);
    if (root.kind == YamlNode::Kind::null) return values;  // empty, or comments alone
    YamlReader reader(root, file, "");
    for (const SettingName& name : setting_names()) {
        std::optional<std::string> value = reader.written(name.name, "text");
        if (!value) continue;
        if (const auto why = why_not(name, *value)) throw reader.error(name.name, *why);
        const auto entry = std::find_if(root.entries.begin(), root.entries.end(),
                                        [&](const YamlEntry& candidate) { return candidate.key.text == name.name; });
        values.push_back(
            {&name,
             {setting_from(path.parent_path(), name, *std::move(value)), fmt::format("{}:{}", file, entry->key.line)}});
    }
    reader.refuse_other_keys();
    return values;
}

std::optional<Setting> from_environment(const Environment& environment, const SettingName& name) {
    std::optional<std::string> value = variable(environment, name.variable);
    if (!value) return std::nullopt;
    if (const auto why = why_not(name, *value))
        throw Error(ErrorKind::usage, fmt::format("{}: {}", name.variable, *why)).about(name.variable);
    return Setting{*std::move(value), std::string(name.variable)};
}

}  // namespace

fs::path config_folder(const Environment& environment) {
    return or_refuse(user_folder(environment), "XDG_CONFIG_HOME");
}

fs::path state_folder(const Environment& environment) {
    return or_refuse(base_folder(environment, "XDG_STATE_HOME", ".local/state"), "XDG_STATE_HOME");
}

std::optional<fs::path> project_settings_file(const fs::path& working_folder) {
    for (fs::path folder = fs::absolute(working_folder).lexically_normal();; folder = folder.parent_path()) {
        std::error_code ignored;
        if (fs::exists(folder / kProjectSettingsFile, ignored)) return folder / kProjectSettingsFile;
        if (!folder.has_relative_path()) return std::nullopt;
    }
}

void check_settings_owner(const fs::path& path) {
    const std::string file = path.string();
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return;  // reading it tells why
    if (facts.st_uid == ::geteuid() || facts.st_uid == 0) return;
    throw Error(ErrorKind::config,
                fmt::format("{} belongs to another user, who could choose where your jobs and keys go", file))
        .about(file)
        .hint("make it yours (chown), or work in another folder");
}

std::string setting_from(const fs::path& folder, const SettingName& name, std::string value) {
    const bool is_relative = !value.empty() && value != "-" && value.find("://") == value.npos && value.front() != '/';
    if (!is_place(name.kind) || !is_relative) return value;
    return (folder / value).lexically_normal().string();
}

Settings Settings::load(const Environment& environment, const fs::path& working_folder) {
    std::vector<std::vector<FileValue>> files;
    if (const auto project = project_settings_file(working_folder)) {
        check_settings_owner(*project);
        files.push_back(read_file(*project));
    }
    if (const auto folder = user_folder(environment)) files.push_back(read_file(*folder / kUserSettingsFile));

    Settings settings;
    for (const SettingName& name : setting_names()) {
        std::optional<Setting> found = from_environment(environment, name);
        for (std::vector<FileValue>& values : files) {
            const auto of_file =
                std::find_if(values.begin(), values.end(), [&](const FileValue& value) { return value.name == &name; });
            if (!found && of_file != values.end()) found = std::move(of_file->setting);
        }
        if (!found && !name.built_in.empty()) found = Setting{std::string(name.built_in), "built in"};
        if (found) settings.values_.push_back({std::string(name.name), *std::move(found)});
    }
    return settings;
}

std::optional<Setting> Settings::find(std::string_view name) const {
    const auto found =
        std::find_if(values_.begin(), values_.end(), [name](const Value& value) { return value.name == name; });
    if (found == values_.end()) return std::nullopt;
    return found->setting;
}

std::string Settings::text(const std::string& option, std::string_view name) const {
    if (!option.empty()) return option;
    const std::optional<Setting> found = find(name);
    return found ? found->value : "";
}

}  // namespace af
