// The coverage statement of a result: manifest.json, written last, and also when a job failed, then without a result.
#pragma once

#include "engine/pipeline.hpp"
#include "stages/ledger.hpp"
#include "stages/result_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace af {

// The run of a task that makes the manifest.
struct TaskFacts {
    std::string role;  // "map", "merge", "reduce"
    std::string task_id;
    int run_id = 0;
    std::string task_group_id;
};

// A run of a task whose artifacts were read.
struct InputRun {
    std::string task_id;
    int run_id = 0;
    std::string manifest_sha256;
};

// A task whose artifacts should have been read.
struct MissingInput {
    std::string task_id;
    std::string reason;
};

// Of the form of manifests. Whoever reads the manifest of another task refuses one of another version.
inline constexpr int kManifestVersion = 2;

struct ManifestFacts {
    std::string program;     // "af 0.1.0"
    std::string job_digest;  // of the job file and its scripts
    Totals totals;
    std::vector<ObjectAccount> objects;  // in the order of ordinals
    std::vector<ResultFacts> outputs;
    std::string bad_records_file;                  // empty: not kept
    std::map<std::string, std::int64_t> counters;  // "group<TAB>name"
    std::vector<StageReport> stages;
    double seconds = 0;
    std::optional<Error> failed;
    std::optional<TaskFacts> task;      // none: made by `af run`
    std::vector<InputRun> inputs;       // of a task that reads other tasks, in their order
    std::vector<MissingInput> missing;  // why there is no result
    std::string mail;                   // what became of the mail to the owner; empty: none was due
};

// JSON, two spaces a level, a final newline.
std::string manifest_text(const ManifestFacts& facts);

// For people, two to four lines: what was asked, read, skipped and lost.
std::string coverage_text(const Totals& totals);

}  // namespace af
