#include "cli/setting_options.hpp"

#include "cli/duration.hpp"
#include "engine/error.hpp"
#include "stages/job/yaml_reader.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <charconv>

namespace af {
namespace {

std::string option_name(std::string_view name) {
    std::string option = "--" + std::string(name);
    std::replace(option.begin() + 2, option.end(), '_', '-');
    return option;
}

// What the help calls its value; completion offers files for those it does not know.
std::string type_name(SettingKind kind) {
    switch (kind) {
        case SettingKind::path:
        case SettingKind::source: return "PATH";
        case SettingKind::duration: return "DURATION";
        case SettingKind::count: return "UINT";
        case SettingKind::priority:
        case SettingKind::credentials: return "";
        default: return "VALUE";
    }
}

}  // namespace

void add_setting_options(CLI::App& command, SettingOptions& options, std::initializer_list<std::string_view> names) {
    for (const std::string_view wanted : names) {
        const SettingName& name = setting_name_of(wanted);
        const std::string key(name.name);
        std::string about(name.about);
        if (!name.built_in.empty()) about += fmt::format(" ({})", name.built_in);
        CLI::Option* option = command.add_option_function<std::string>(
            option_name(name.name), [&options, key](const std::string& value) { options[key] = value; }, about);
        option->group("Settings")->type_name(type_name(name.kind));
        const auto words = setting_words(name.kind);
        if (!words.empty()) option->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end())));
    }
}

ChosenSettings::ChosenSettings(Settings settings, SettingOptions options)
    : settings_(std::move(settings)), options_(std::move(options)) {
    for (const auto& [name, value] : options_) {
        if (const auto why = why_not(setting_name_of(name), value))
            throw Error(ErrorKind::usage, fmt::format("{}: {}", option_name(name), *why)).about(option_name(name));
    }
}

std::string ChosenSettings::text(std::string_view name) const {
    const auto option = options_.find(name);
    return settings_.text(option == options_.end() ? "" : option->second, name);
}

std::string ChosenSettings::needed(std::string_view name) const {
    std::string value = text(name);
    if (!value.empty()) return value;
    throw Error(ErrorKind::usage, fmt::format("{} is not set: {}", name, setting_name_of(name).about))
        .about(name)
        .hint(fmt::format("af config set {} VALUE, or {}", name, option_name(name)));
}

std::chrono::seconds ChosenSettings::duration(std::string_view name) const { return duration_of(text(name), name); }

// Texts were looked at when they were read.
std::uint64_t ChosenSettings::bytes(std::string_view name) const { return parse_bytes(text(name)).value_or(0); }

std::uint64_t ChosenSettings::count(std::string_view name) const {
    const std::string digits = text(name);
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::string ChosenSettings::origin(std::string_view name) const {
    const auto option = options_.find(name);
    if (option != options_.end() && !option->second.empty()) return option_name(name);
    const std::optional<Setting> found = settings_.find(name);
    return found ? found->origin : "";
}

}  // namespace af
