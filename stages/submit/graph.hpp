// A plan as task definitions: mappers, mergers, reducers, in an order in which every dependency comes first. Pure.
//
// Ids      of tasks follow from the group's id and the task's place, so whoever has the plan, the group's id and the
//          date can make every definition again, byte by byte: that is how a killed submission goes on (F32).
// Marks    tags: kind = af-map | af-merge | af-reduce, createdForUser. extra.af: {"version": 1, "role": "map",
//          "index": 3, "mappers": 20, "mergers": 0, "reducers": 1, "objects": 12, "bytes": 3456, "artifacts": "af",
//          "job": "os-count", "plan": "<sha256>"}, of reducers "result": "af/result.txt", and where failed mappers are
//          left out "reduce_what_succeeded": true: what `af watch` and the monitor page read, whatever the group holds
//          besides.
// Map-only one task of the role reduce puts the lines of all mappers into the order of the input.
// Source   queue API, createTask (schema queue/v1/create-task-request.json); docker-worker payload.
#pragma once

#include "stages/s3/aws_keys.hpp"
#include "stages/submit/plan.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace af {

enum class Role { map, merge, reduce };
std::string_view word_of(Role role) noexcept;

// What one submission adds to its plan; with it, everything is fixed.
struct GraphFacts {
    std::string group_id;
    WallTime created;
    std::string envelope{};  // sealed credentials; empty: none
    std::string link{};      // where people see the group, for mails; empty: not said
};

struct GraphTask {
    std::string task_id;
    std::string definition;  // canonical JSON
};

class TaskGraph {
public:
    // `plan` outlives the graph. Throws Error(usage) for what the queue would refuse: limits of features.md 3.
    TaskGraph(const Plan& plan, GraphFacts facts);

    std::size_t size() const noexcept { return mappers_ + mergers_ + reducers_; }
    std::size_t mappers() const noexcept { return mappers_; }
    std::size_t mergers() const noexcept { return mergers_; }
    std::size_t reducers() const noexcept { return reducers_; }
    const std::string& group_id() const noexcept { return facts_.group_id; }

    // place < size(): mappers, then mergers, then reducers.
    Role role(std::size_t place) const noexcept;
    std::string task_id(std::size_t place) const;
    GraphTask task(std::size_t place) const;

private:
    std::size_t place_in_role(std::size_t place) const noexcept;
    std::vector<std::string> dependencies(std::size_t place) const;
    nlohmann::json environment(std::size_t place) const;
    nlohmann::json marks(std::size_t place) const;
    nlohmann::json metadata(std::size_t place) const;

    const Plan& plan_;
    GraphFacts facts_;
    std::string root_;  // what keys of mappers are relative to; empty: they are whole names
    std::size_t mappers_ = 0;
    std::size_t mergers_ = 0;
    std::size_t reducers_ = 0;
    std::string plan_digest_;
};

// The id of the n-th task of a group: a UUID of version 4 whose free bits are SHA-256 over group id and place.
std::string task_id_in_group(const std::string& group_id, std::size_t place);

// What the caller needs to post it, sorted: queue:create-task:..., scheduler-id, routes, and every scope the tasks get.
std::vector<std::string> scopes_to_submit(const Plan& plan);

}  // namespace af
