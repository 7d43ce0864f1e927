// The state of a task, as the queue tells it. Pure.
//
// Source   schemas queue/v1/task-status.json and task.json. States may be added: an unknown one is kept as it is.
#pragma once

#include "engine/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <vector>

namespace af {

struct TaskRun {
    int run_id = 0;
    std::string state;            // pending, running, completed, failed, exception
    std::string reason_created;   // scheduled, retry, task-retry, rerun, exception
    std::string reason_resolved;  // completed, failed, deadline-exceeded, canceled, worker-shutdown, ...; empty before
    std::string scheduled;        // ISO dates, empty when not (yet) so
    std::string started;
    std::string resolved;
};

struct TaskStatus {
    std::string task_id;
    std::string task_group_id;
    std::string scheduler_id;
    std::string task_queue_id;
    std::string project_id;
    std::string state;  // unscheduled, pending, running, completed, failed, exception
    int retries_left = 0;
    std::string deadline;
    std::string expires;
    std::vector<TaskRun> runs;  // by run id

    bool resolved() const { return state == "completed" || state == "failed" || state == "exception"; }
};

struct TaskDefinition {
    std::string task_group_id;
    std::string scheduler_id;
    std::string task_queue_id;
    std::vector<std::string> dependencies;
    std::string name;   // metadata
    std::string owner;  // metadata
    std::string created;
    std::string deadline;
    std::map<std::string, std::string> tags;
    std::string payload;  // JSON
    std::string extra;    // JSON
};

struct TaskInGroup {
    TaskStatus status;
    TaskDefinition task;
};

// Throw Error(corrupt) when something that must be there is missing or of another type.
TaskStatus parse_task_status(const nlohmann::json& status);
TaskDefinition parse_task_definition(const nlohmann::json& task);

// The highest run that completed: the latest run may be a rerun that has produced nothing yet. Error(not_found) that
// names the task's state, and why its last run ended, when there is none.
Result<int> highest_completed_run(const TaskStatus& status);

// "failed", "exception (deadline-exceeded)", "pending": what people read of a task.
std::string state_text(const TaskStatus& status);

}  // namespace af
