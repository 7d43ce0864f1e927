// What a submission will do, whole and fixed: which objects, in which tasks, with which code, image and settings. The
// same plan, group id and date make the same task definitions, byte by byte (graph.hpp).
//
// Ownership plain values; the objects of a million-object plan take about 200 bytes each.
#pragma once

#include "stages/records.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// How tasks get the keys to read S3 with.
enum class TaskKeys {
    auth,    // auth.awsS3Credentials through the task's proxy: nothing secret in the task, renewed
    sealed,  // an STS token in the envelope CREDENTIALS
    worker,  // what the worker has by itself (instance profile), or nothing, e.g. for a mounted folder
};
std::string_view word_of(TaskKeys keys) noexcept;
std::optional<TaskKeys> task_keys_of(std::string_view word) noexcept;

// Objects of one mapper.
struct Load {
    std::vector<ObjectRef> objects;  // by name
    std::uint64_t bytes = 0;         // of those whose size is known
};

// The user's code. Without a bundle it is in the image, where AF_JOB (".") says.
struct PlannedJob {
    std::string name = "job";   // for people: "os-count"
    std::string digest;         // job_digest(); empty when it is in the image
    std::string bundle;         // tar.zst, as bytes
    std::string bundle_sha256;  // hex
    unsigned reducers = 1;
    bool map_only = false;
};

struct PlannedNotice {
    std::string owner;          // e-mail address; empty: nobody
    std::string slack_channel;  // id
    std::string matrix_room;    // id
    std::string monitor_url;    // of a published monitor page; empty: none
};

struct TaskSettingsOfPlan {
    std::string task_queue;  // "proj-af/ci"
    std::string scheduler_id = "analysis-framework";
    std::string project_id = "none";
    std::string priority = "lowest";
    std::string code_link = "https://example.org/analysis-framework";  // metadata.source, which the queue demands
    std::chrono::seconds deadline{24 * 3600};      // after creation; at most 5 days
    std::chrono::seconds expires{28 * 24 * 3600};  // of results, after creation; above the deadline
    std::chrono::seconds max_run_time{2 * 3600};
    unsigned retries = 5;
    std::string artifacts = "af";  // or public/af: readable by everybody
    std::map<std::string, std::string> environment;  // what the user adds, OWNER included
    unsigned merge_fan_in = 0;      // mappers a merger reads; 0: reducers read all mappers themselves
    bool reduce_what_succeeded = false;  // reducers run when all mappers are resolved, not only when all completed
    TaskKeys keys = TaskKeys::auth;
    std::string read_prefix;  // auth: bucket/prefix that every object lies below
    std::string key_secret;   // sealed: the secret that holds the private key
    std::string kid;          // sealed: of the public key
    std::uint64_t allow_missing = 0;
    std::string index_namespace;  // index.<this> points at the latest result; empty: none
};

struct Plan {
    PlannedJob job;
    std::string image;
    std::string source;         // where the list of objects came from, as the user named it
    std::string filter;         // canonical JSON; empty: none
    std::vector<Load> loads;    // one a mapper, in order
    TaskSettingsOfPlan tasks;
    PlannedNotice notice;

    std::uint64_t objects() const;
    std::uint64_t bytes() const;
};

inline constexpr std::size_t kMostMappers = 10'000;  // dependencies of a task

// JSON, the same text for the same plan: one line an object, and last the digest of everything before it.
std::string plan_json(const Plan& plan);
// That digest, SHA-256 in hex: what results name.
std::string plan_digest(const Plan& plan);
// Throws Error(config) about `name`: not a plan, another version, a changed one (its digest does not match). Only what
// plan_json() wrote is read: whoever edits a plan makes another one.
Plan parse_plan(std::string_view text, std::string_view name);

}  // namespace af
