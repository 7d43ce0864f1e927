#include "stages/child_environment.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>

namespace af {
namespace {

constexpr std::array<std::string_view, 8> kNames{"PATH",   "HOME",      "LANG",    "TZ",
                                                 "TMPDIR", "NODE_PATH", "AF_JSON", "AF_LAZY"};
constexpr std::array<std::string_view, 2> kPrefixes{"LC_", "PYTHON"};
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

bool is_allowed(std::string_view name) {
    if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) return true;
    return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                       [name](std::string_view prefix) { return name.starts_with(prefix); });
}

bool has_variable(const std::vector<std::string>& environment, std::string_view name) {
    return std::any_of(environment.begin(), environment.end(), [name](const std::string& variable) {
        return variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=';
    });
}

}  // namespace

std::vector<std::string> child_environment(std::span<const std::string> ours) {
    std::vector<std::string> theirs;
    for (const std::string& variable : ours) {
        const std::size_t equals = variable.find('=');
        if (equals != std::string::npos && is_allowed(std::string_view(variable).substr(0, equals)))
            theirs.push_back(variable);
    }
    if (!has_variable(theirs, "PATH")) set_variable(theirs, "PATH", kDefaultPath);
    set_variable(theirs, "MALLOC_MMAP_THRESHOLD_", "1073741824");
    set_variable(theirs, "MALLOC_TRIM_THRESHOLD_", "1073741824");
    return theirs;
}

std::vector<std::string> own_environment() {
    std::vector<std::string> ours;
    for (char** variable = environ; variable && *variable; ++variable) ours.emplace_back(*variable);
    return ours;
}

void set_variable(std::vector<std::string>& environment, std::string_view name, std::string_view value) {
    std::string start(name);
    start += '=';
    std::erase_if(environment, [&](const std::string& variable) { return variable.starts_with(start); });
    environment.push_back(start.append(value));
}

void set_object(std::vector<std::string>& environment, std::string_view object_name) {
    set_variable(environment, "AF_OBJECT", object_name);
    set_variable(environment, "mapreduce_map_input_file", object_name);
}

}  // namespace af
