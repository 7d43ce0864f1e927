// A task group as a person follows it: what is kept of each task, and what that comes to. Pure.
//
// Bounds   at most 400 bytes a task; names are cut at 80, payloads are not kept.
// Marks    those of graph.hpp. Tasks without them count as tasks of no role: a group of them has ended when all have.
// States   as the queue says them; one that is not known is shown as it is and counts as not ended.
// Source   rows F33, F34 and F40 of the fault matrix.
#pragma once

#include "stages/s3/aws_keys.hpp"
#include "stages/submit/graph.hpp"
#include "stages/taskcluster/task_status.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace af {

struct GroupTask {
    std::string task_id;
    std::string name;
    std::string state;
    std::string reason;        // why its last run ended: "failed", "deadline-exceeded", "canceled"; empty before
    std::optional<Role> role;  // nullopt: no marks
    std::uint32_t index = 0;   // in its role
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    int last_run = -1;       // -1: none
    int completed_run = -1;  // the highest that completed
    std::optional<WallTime> started;   // of the last run
    std::optional<WallTime> resolved;  // of the last run

    bool has_ended() const { return state == "completed" || state == "failed" || state == "exception"; }
    bool has_failed() const { return state == "failed" || state == "exception"; }
    bool operator==(const GroupTask&) const = default;
};

// What all marked tasks of a group say alike.
struct GroupMarks {
    std::uint64_t mappers = 0;
    std::uint64_t mergers = 0;
    std::uint64_t reducers = 0;
    bool reduce_what_succeeded = false;  // a mapper that failed does not end the job
    std::string job;
    std::string artifacts;  // "af", "public/af"
    std::string plan;       // its digest
    bool operator==(const GroupMarks&) const = default;
};

struct GroupSnapshot {
    std::string group_id;
    bool sealed = false;
    std::optional<GroupMarks> marks;
    std::vector<GroupTask> tasks;  // in order: mappers, mergers, reducers, others; by index
    bool operator==(const GroupSnapshot&) const = default;
};

// Adds what is kept of a task; what it says of the group, when nothing is known yet.
void add_task(GroupSnapshot& snapshot, const TaskInGroup& task);
void put_in_order(GroupSnapshot& snapshot);

struct StateCounts {
    std::uint64_t expected = 0;                   // by the marks; at least those that are there
    std::map<std::string, std::uint64_t> states;  // of those that are there
    std::uint64_t of(const std::string& state) const;
    std::uint64_t there() const;
    std::uint64_t failed() const { return of("failed") + of("exception"); }
};

enum class Verdict { running, completed, failed, cancelled };
std::string_view word_of(Verdict verdict) noexcept;

struct GroupSummary {
    Verdict verdict = Verdict::running;
    bool whole = false;    // every task that there must be is there
    bool at_rest = false;  // nothing runs or can begin to run any more
    StateCounts mappers, mergers, reducers, others;
    std::uint64_t bytes = 0;         // of the mappers that are there
    std::uint64_t bytes_mapped = 0;  // of those that completed
    double seconds = 0;              // since the first task began; to the last end when nothing runs
    double bytes_per_second = 0;     // since then; 0: not known
    std::optional<double> seconds_left;
    const GroupTask* first_failure = nullptr;  // of the snapshot
    bool reducer_never_runs = false;           // because of it
};

// `snapshot` outlives the summary.
GroupSummary summarize(const GroupSnapshot& snapshot, WallTime now);

// "os-count map 3/20", else the id.
std::string title_of(const GroupTask& task);

}  // namespace af
