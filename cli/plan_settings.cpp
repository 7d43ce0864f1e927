#include "cli/plan_settings.hpp"

#include "engine/error.hpp"
#include "stages/taskcluster/notify.hpp"

#include <fmt/format.h>

namespace af {

TaskSettingsOfPlan planned_tasks(const ChosenSettings& settings) {
    TaskSettingsOfPlan tasks;
    tasks.task_queue = settings.needed("task_queue");
    tasks.scheduler_id = settings.text("scheduler_id");
    tasks.project_id = settings.text("project_id");
    tasks.priority = settings.text("priority");
    tasks.deadline = settings.duration("deadline");
    tasks.expires = settings.duration("expires");
    tasks.max_run_time = settings.duration("max_run_time");
    tasks.retries = static_cast<unsigned>(settings.count("retries"));
    tasks.keys = task_keys_of(settings.text("credentials")).value_or(TaskKeys::auth);
    if (tasks.keys == TaskKeys::sealed) tasks.key_secret = settings.needed("key_secret");
    tasks.code_link = settings.text("code_url");
    tasks.index_namespace = settings.text("index_namespace");
    return tasks;
}

PlannedNotice planned_notice(const ChosenSettings& settings, std::string owner) {
    PlannedNotice notice;
    notice.owner = owner.empty() ? settings.text("owner") : std::move(owner);
    if (!notice.owner.empty() && !is_email_address(notice.owner))
        throw Error(ErrorKind::usage,
                    fmt::format("the owner is \"{}\", it must be an e-mail address", escaped(notice.owner)));
    notice.slack_channel = settings.text("slack_channel");
    notice.matrix_room = settings.text("matrix_room");
    notice.monitor_url = settings.text("monitor_url");
    return notice;
}

std::string read_prefix_of(std::string_view place) {
    constexpr std::string_view kScheme = "s3://";
    if (!place.starts_with(kScheme)) return "";
    place.remove_prefix(kScheme.size());
    const auto slash = place.rfind('/');
    if (slash == place.npos) return std::string(place) + "/";
    return std::string(place.substr(0, slash + 1));
}

}  // namespace af
