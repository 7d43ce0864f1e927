// The result of a finished task group: the artifacts of its reducers, as their manifests state them.
//
// Run      of each reducer the highest that completed (F34).
// Trust    another task's words: what is missing or of another type is Error(corrupt).
// Errors   not_found: no manifest, or no such artifact; refused: also an artifact that is a reference (F35); corrupt:
//          bytes that are not what the manifest says, twice (F36); unavailable. About the artifact.
// Threads  the network executor; what they are handed outlives them.
#pragma once

#include "engine/retry.hpp"
#include "stages/result_file.hpp"
#include "stages/submit/group_view.hpp"
#include "stages/taskcluster/artifact_store.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// One reducer's.
struct ResultPart {
    std::string task_id;
    int run_id = 0;
    std::string manifest;  // its text, as it is stored
    ResultFacts file;      // name, size, SHA-256 and lines of the result
    std::uint64_t objects_lost = 0;
    std::uint64_t objects_asked = 0;
};

// Error(corrupt): no manifest of a reducer that has succeeded.
ResultPart parse_result_manifest(std::string text);

// In the order of partitions. Error(usage) when the group is none of marked tasks, or not all of its reducers
// completed.
Task<std::vector<ResultPart>> find_result(ArtifactStore& artifacts, const Retrier& with, const GroupSnapshot& snapshot,
                                          std::stop_token stop);

// Hands the bytes to `take`; they are what the manifest says only once it returns.
Task<void> read_result(ArtifactStore& artifacts, const Retrier& with, const GroupSnapshot& snapshot,
                       const ResultPart& part, std::function<void(std::string_view)> take, std::stop_token stop);

}  // namespace af
