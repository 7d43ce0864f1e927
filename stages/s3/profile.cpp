#include "stages/s3/profile.hpp"

#include "engine/file.hpp"
#include "stages/s3/url.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;

std::string_view trimmed(std::string_view text) {
    auto begin = text.find_first_not_of(" \t\r");
    if (begin == text.npos) return "";
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// A comment behind a value begins with blank and # or ;.
std::string_view without_comment(std::string_view value) {
    for (std::string_view mark : {" #", " ;", "\t#", "\t;"})
        value = value.substr(0, value.find(mark));
    return value;
}

std::string section_name(std::string_view line) {
    std::string_view inside = trimmed(line.substr(1, line.find(']') - 1));
    auto blank = inside.find_first_of(" \t");
    if (blank == inside.npos) return std::string(inside);
    std::string name(trimmed(inside.substr(blank)));
    if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front())
        name = name.substr(1, name.size() - 2);
    return std::string(inside.substr(0, blank)) + " " + name;
}

std::string path_of(const Environment& environment, std::string_view name, std::string_view below_home) {
    std::string home = variable(environment, "HOME").value_or("");
    if (auto path = variable(environment, name)) return path->starts_with("~/") ? home + path->substr(1) : *path;
    return home.empty() ? "" : fmt::format("{}/{}", home, below_home);
}

std::map<std::string, IniSection> read_sections(const std::string& path) {
    std::optional<std::string> text;
    if (!path.empty()) text = read_small_file(path, kMaxFileBytes);
    return text ? parse_ini(*text) : std::map<std::string, IniSection>{};
}

bool take(AwsProfile& profile, const std::map<std::string, IniSection>& sections, const std::string& name) {
    auto section = sections.find(name);
    if (section == sections.end()) return false;
    for (const auto& [key, value] : section->second) profile.settings[key] = value;
    return profile.found = true;
}

}  // namespace

std::optional<std::string> read_small_file(const std::string& path, std::size_t max_bytes) {
    try {
        return read_text(path, max_bytes);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) throw;
    }
    return std::nullopt;
}

std::map<std::string, IniSection> parse_ini(std::string_view text) {
    std::map<std::string, IniSection> sections;
    IniSection* current = nullptr;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        std::string_view content = trimmed(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') continue;
        if (content.front() == '[') {
            current = content.find(']') == content.npos ? nullptr : &sections[section_name(content)];
            continue;
        }
        auto equals = content.find('=');
        bool nested = line.front() == ' ' || line.front() == '\t';
        if (!current || nested || equals == content.npos) continue;
        (*current)[ascii_lower(trimmed(content.substr(0, equals)))] =
            trimmed(without_comment(content.substr(equals + 1)));
    }
    return sections;
}

Result<AwsProfile> read_profile(const Environment& environment, const std::string& option) {
    AwsProfile profile;
    profile.name = option;
    for (std::string_view name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
        if (profile.name.empty()) profile.name = variable(environment, name).value_or("");
    profile.chosen = !profile.name.empty();
    if (!profile.chosen) profile.name = "default";

    std::string config = path_of(environment, "AWS_CONFIG_FILE", ".aws/config");
    std::string credentials = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
    try {
        auto sections = read_sections(config);
        if (!take(profile, sections, "profile " + profile.name) && profile.name == "default")
            take(profile, sections, "default");
        take(profile, read_sections(credentials), profile.name);
    } catch (Error& error) {
        return Failure(Error(ErrorKind::config, error.what())
                           .hint("Set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE to readable files."));
    }
    if (profile.chosen && !profile.found)
        return Failure(Error(ErrorKind::config, fmt::format("AWS profile \"{}\" is neither in {} nor in {}",
                                                            escaped(profile.name), config, credentials))
                           .hint("Check AWS_PROFILE, or unset it."));
    return profile;
}

std::string aws_region(const Environment& environment, const AwsProfile& profile) {
    for (std::string_view name : {"AWS_REGION", "AWS_DEFAULT_REGION"})
        if (auto region = variable(environment, name)) return *region;
    auto region = profile.settings.find("region");
    return region != profile.settings.end() && !region->second.empty() ? region->second : "us-east-1";
}

}  // namespace af
