// `af-task reduce`: the parts of one partition of all mappers, merged by key, through the user's reduce function.
// `af-task merge`: the parts of some mappers as the parts of one, for jobs with more mappers than one reducer should
// read; the reducer then takes mergers for mappers.
//
// Tasks    INPUT_TASK_IDS, else the dependencies of the task; of each the highest run that completed.
// Writes   reduce: af/result.txt; merge: af/part-00000.txt.zst ... Then af/manifest.json, with all that the mappers
//          have read and which of their runs were taken. When it fails, the manifest alone.
// Counts   every pair that a mapper says it has made was reduced, or the task ends with 70.
// Memory   independent of the number of mappers, but for their manifests.
#pragma once

#include "container/environment.hpp"

namespace af {

// Throw the Error the task ends with.
void run_reducer(const TaskSettings& settings, const Environment& environment);
void run_merger(const TaskSettings& settings, const Environment& environment);

}  // namespace af
