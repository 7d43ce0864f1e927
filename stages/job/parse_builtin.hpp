// The fields of a map with language: builtin. Part of load_job.
#pragma once

#include "stages/job/job.hpp"
#include "stages/job/yaml_reader.hpp"

#include <string_view>

namespace af {

// Takes key, value, operation, k, missing, outputs, where and separator from `map`.
BuiltinMap parse_builtin(YamlReader& map, std::string_view file);

}  // namespace af
