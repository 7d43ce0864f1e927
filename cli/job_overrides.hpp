// The job as its file says, changed by what the command line says.
#pragma once

#include "cli/run_options.hpp"
#include "stages/job/job.hpp"

namespace af {

// Throws Error(usage) for a --max-bad that is neither a count nor a share.
void apply_overrides(Job& job, const RunOptions& options);

}  // namespace af
