// The steps of a job: map, combine, reduce. Part of load_job. `folder` holds the scripts.
#pragma once

#include "stages/job/job.hpp"
#include "stages/job/yaml_reader.hpp"

namespace af {

MapSpec parse_map(const YamlNode& node, std::string_view file, const std::filesystem::path& folder);

// `name`: "combine" or "reduce". `implied`: what a builtin step does that names no operation; none: it must name one.
GroupSpec parse_group(const YamlNode& node, std::string name, std::string_view file,
                      const std::filesystem::path& folder, std::optional<BuiltinOperation> implied = std::nullopt);

Job parse_form_of_2014(YamlReader& top, const std::filesystem::path& folder);

}  // namespace af
