// From options and settings to a plan: the job is packed, the index asked, the objects are packed into loads. Nothing
// is sent to the queue.
#pragma once

#include "cli/console.hpp"
#include "cli/submit_options.hpp"
#include "stages/flow/session.hpp"
#include "stages/submit/plan.hpp"

namespace af {

// Throws Error(usage) for what a submission lacks, with the option and the variable that give it; Failed (exit 7) for
// what the index answers; no_match when nothing is left.
Plan make_plan(const SubmitOptions& options, const ChosenSettings& settings, Session& session, Control& control,
               Console& console);

}  // namespace af
