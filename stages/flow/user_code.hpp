// From what the job says of the user's code to the process that runs it.
#pragma once

#include "engine/process.hpp"
#include "stages/flow/services.hpp"
#include "stages/job/job.hpp"

#include <string_view>

namespace af {

// A feeder in `mode` ("map", "reduce") for Python and JavaScript, this program again as one for native code
// (container/native/native_feeder.hpp), the program itself for a binary.
ProcessSpec process_for(const ScriptSpec& code, std::string_view mode, std::vector<std::string> feeder_options,
                        std::chrono::seconds timeout, const Services& services);

bool has_feeder(const ScriptSpec& code) noexcept;

}  // namespace af
