// stages/parts/find_parts - TaskPlace -> FoundTask: for each task the run that counts, and its manifest.
//
// Run      the highest that completed (F34): the latest one may be a rerun that has produced nothing yet.
// Errors   of one task, as FoundTask::missing: no run completed, no manifest there. Fatal: refused (also an artifact
//          that is a reference), corrupt (a manifest that is none), unavailable; they name the task or the artifact.
// Threads  the network executor; what `options` refers to outlives the pipeline.
#pragma once

#include "engine/retry.hpp"
#include "engine/stage.hpp"
#include "stages/coverage.hpp"
#include "stages/object_store.hpp"
#include "stages/parts/part_manifest.hpp"
#include "stages/taskcluster/queue.hpp"

#include <optional>
#include <string>
#include <vector>

namespace af {

struct TaskPlace {
    std::string task_id;
    std::uint32_t place = 0;  // in the list of tasks
};

struct FoundTask {
    std::uint32_t place = 0;
    InputRun run;
    PartManifest manifest;
    std::optional<Error> missing;
};

struct FindOptions {
    Queue& queue;
    ObjectStore& artifacts;
    Retrier retrier;
    std::string prefix;  // of the artifacts' names, without the slash: "af", "public/af"
};

Task<void> find_parts(Ports<TaskPlace, FoundTask> io, FindOptions& options);

}  // namespace af
