// An environment made of a map.
#pragma once

#include "stages/environment.hpp"

#include <map>
#include <string>
#include <utility>

namespace af::test {

inline Environment environment_of(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
        auto found = variables.find(std::string(name));
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

}  // namespace af::test
