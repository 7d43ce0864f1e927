// The job of the task: its folder (AF_JOB), or a bundle of it that is fetched, checked and unpacked (AF_JOB_BUNDLE).
//
// Errors   config: the job file, a bundle with what a bundle may not hold; corrupt: another digest, damage; those of
//          read_source().
#pragma once

#include "container/task_services.hpp"
#include "stages/job/job.hpp"

namespace af {

// Where a bundle is unpacked to. There is no such folder without one.
std::filesystem::path bundle_folder(const TaskServices& on);

// AF_REDUCERS is applied.
Job load_task_job(TaskServices& on, const TaskSettings& settings);

}  // namespace af
