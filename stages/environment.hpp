// The environment as a dependency: main() passes a lookup into the process's own, tests pass a map.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace af {

// nullopt for a variable that is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// An empty variable counts as one that is not set.
inline std::optional<std::string> variable(const Environment& environment, std::string_view name) {
    std::optional<std::string> value = environment(name);
    if (value && value->empty()) value.reset();
    return value;
}

// AWS spells its switches "true"; 1 is taken too.
inline bool is_on(const Environment& environment, std::string_view name) {
    std::string value = variable(environment, name).value_or("");
    return value == "1" || value == "true" || value == "TRUE" || value == "True";
}

}  // namespace af
