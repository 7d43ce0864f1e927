// The credentials of a job's tasks: a token of STS that may read what the plan reads, sealed for the key of the tasks.
#pragma once

#include "cli/cluster.hpp"
#include "cli/console.hpp"
#include "stages/submit/plan.hpp"

#include <string>

namespace af {

// The envelope for this group. Throws Failed (exit 8): the deadline is beyond the life of a token, STS refuses, the key
// cannot be used or is not the one the plan was made for.
std::string seal_token(const Plan& plan, const std::string& group_id, const std::string& key_file,
                       const Environment& environment, Cluster& cluster, Console& console);

}  // namespace af
