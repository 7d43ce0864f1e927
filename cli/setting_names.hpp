// The settings there are: what each is called, what it means, what it may be.
#pragma once

#include "engine/error.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace af {

// What the text of a setting has to be.
enum class SettingKind {
    text,
    path,
    source,
    url,
    email,
    image,
    task_queue,
    priority,
    credentials,
    count,
    size,
    duration
};

struct SettingName {
    std::string_view name;      // "task_queue", as the files have it
    std::string_view variable;  // "AF_TASK_QUEUE"
    std::string_view built_in;  // ""; what holds when nobody says anything
    SettingKind kind;
    std::string_view about;  // for `af config`, one line
};

// In the order of their names.
std::span<const SettingName> setting_names();

// nullptr: there is none of that name.
const SettingName* find_setting_name(std::string_view name);

// Throws Error(usage), with the nearest name that is one.
const SettingName& setting_name_of(std::string_view name);

// Why the setting cannot have this value: "deadline must be a duration such as 24h"; nullopt when it can. Does not
// repeat the value: somebody may have put a secret into the wrong place. "" is no value, right where nothing is built
// in.
std::optional<std::string> why_not(const SettingName& setting, std::string_view value);

// The words a setting may be, for completion; empty when there are more than can be listed.
std::span<const std::string_view> setting_words(SettingKind kind);

}  // namespace af
