#include "stages/taskcluster/task_status.hpp"

#include "stages/taskcluster/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

TaskRun parse_run(const nlohmann::json& json) {
    const JsonFields fields(json, "a run");
    TaskRun run;
    run.run_id = static_cast<int>(fields.number("runId"));
    run.state = fields.text("state");
    run.reason_created = fields.optional_text("reasonCreated");
    run.reason_resolved = fields.optional_text("reasonResolved");
    run.scheduled = fields.optional_text("scheduled");
    run.started = fields.optional_text("started");
    run.resolved = fields.optional_text("resolved");
    return run;
}

std::string json_at(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? "{}" : found->dump();
}

}  // namespace

TaskStatus parse_task_status(const nlohmann::json& json) {
    const JsonFields fields(json, "a task's status");
    TaskStatus status;
    status.task_id = fields.text("taskId");
    status.task_group_id = fields.optional_text("taskGroupId");
    status.scheduler_id = fields.optional_text("schedulerId");
    status.task_queue_id = fields.optional_text("taskQueueId");
    status.project_id = fields.optional_text("projectId");
    status.state = fields.text("state");
    status.retries_left = static_cast<int>(fields.optional_number("retriesLeft", 0));
    status.deadline = fields.optional_text("deadline");
    status.expires = fields.optional_text("expires");
    for (const auto& run : fields.list("runs")) status.runs.push_back(parse_run(run));
    return status;
}

TaskDefinition parse_task_definition(const nlohmann::json& json) {
    const JsonFields fields(json, "a task");
    TaskDefinition task;
    task.task_group_id = fields.optional_text("taskGroupId");
    task.scheduler_id = fields.optional_text("schedulerId");
    task.task_queue_id = fields.optional_text("taskQueueId");
    task.dependencies = fields.texts("dependencies");
    task.created = fields.optional_text("created");
    task.deadline = fields.optional_text("deadline");
    const JsonFields metadata(fields.object("metadata"), "a task's metadata");
    task.name = metadata.optional_text("name");
    task.owner = metadata.optional_text("owner");
    if (const auto tags = json.find("tags"); tags != json.end() && tags->is_object()) {
        for (const auto& [name, value] : tags->items())
            if (value.is_string()) task.tags[name] = value.get<std::string>();
    }
    task.payload = json_at(json, "payload");
    task.extra = json_at(json, "extra");
    return task;
}

Result<int> highest_completed_run(const TaskStatus& status) {
    int highest = -1;
    for (const TaskRun& run : status.runs)
        if (run.state == "completed" && run.run_id > highest) highest = run.run_id;
    if (highest >= 0) return highest;
    return Failure(Error(ErrorKind::not_found, fmt::format("task {} has no completed run: it is {}",
                                                           escaped(status.task_id), state_text(status)))
                       .about(status.task_id)
                       .hint("Rerun the task, then what depends on it."));
}

std::string state_text(const TaskStatus& status) {
    const std::string reason = status.runs.empty() ? "" : status.runs.back().reason_resolved;
    if (reason.empty() || reason == status.state) return escaped(status.state);
    return escaped(fmt::format("{} ({})", status.state, reason));
}

}  // namespace af
