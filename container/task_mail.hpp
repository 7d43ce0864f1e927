// The mail to the owner of a job when its last task ends; what became of it goes into the manifest.
#pragma once

#include "container/task_report.hpp"
#include "container/task_services.hpp"

#include <optional>
#include <string>

namespace af {

// `result`: the name of the artifact with the result. A failure that the queue will try again is not told yet.
// Never fails; a mail that could not be sent is a warning in the log. "" when no mail is due, else "sent", "failed" or
// "put off".
std::string mail_outcome(TaskServices& on, const TaskSettings& settings, const Environment& environment,
                         const ManifestFacts& facts, const std::string& result);

}  // namespace af
