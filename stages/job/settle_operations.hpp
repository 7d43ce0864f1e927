// What map and reduce say about built-in operations must fit together; one may leave it to the other. Part of load_job.
#pragma once

#include "stages/job/job.hpp"
#include "stages/job/yaml_reader.hpp"

namespace af {

// Gives the outputs of a builtin map the operation of reduce, or reduce theirs. Throws Error(config) where they differ.
void settle_operations(Job& job, YamlReader& top);

}  // namespace af
