// What tells two versions of a job apart.
#pragma once

#include "stages/job/job.hpp"

#include <string>

namespace af {

// SHA-256, in hex, over the job file and the scripts it names. Reads them: throws Error like read_text().
std::string job_digest(const Job& job);

}  // namespace af
