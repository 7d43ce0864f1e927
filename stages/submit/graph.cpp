#include "stages/submit/graph.hpp"

#include "stages/s3/dates.hpp"
#include "stages/s3/hash.hpp"
#include "stages/seal/base64.hpp"
#include "stages/submit/graph_limits.hpp"
#include "stages/submit/graph_notice.hpp"
#include "stages/taskcluster/ids.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kHome = "/home/worker/";

std::size_t rounded_up(std::size_t count, std::size_t by) { return (count + by - 1) / by; }

bool is_private(const TaskSettingsOfPlan& tasks) { return !tasks.artifacts.starts_with("public/"); }

// What all names begin with, up to a '/': keys are given relative to it. Empty when a rest would read as a whole name.
std::string common_root(const std::vector<Load>& loads) {
    const std::string* first = nullptr;
    std::size_t common = 0;
    for (const Load& load : loads) {
        for (const ObjectRef& object : load.objects) {
            if (!first) {
                first = &object.name;
                common = first->size();
            }
            const auto [end, unused] = std::mismatch(first->begin(), first->begin() + common, object.name.begin(),
                                                     object.name.end());
            common = static_cast<std::size_t>(end - first->begin());
        }
    }
    if (!first) return {};
    const std::size_t slash = first->rfind('/', common == 0 ? 0 : common - 1);
    if (slash == first->npos || common == 0) return {};
    const std::string root = first->substr(0, slash + 1);
    if (root == "/" || root == "s3:/" || root == "s3://") return {};
    for (const Load& load : loads) {
        for (const ObjectRef& object : load.objects) {
            const std::string_view rest = std::string_view(object.name).substr(root.size());
            if (rest.empty() || rest.starts_with('/') || rest.starts_with("s3://")) return {};
        }
    }
    return root;
}

std::vector<std::string> mapper_command(const Load& load, const std::string& root) {
    std::vector<std::string> words{"af-task", "map", "--"};
    for (const ObjectRef& object : load.objects) words.push_back(object.name.substr(root.size()));
    return words;
}

std::vector<std::string> scopes_of(Role role, const TaskSettingsOfPlan& tasks) {
    std::vector<std::string> scopes;
    if (role == Role::map && tasks.keys == TaskKeys::auth)
        scopes.push_back("auth:aws-s3:read-only:" + tasks.read_prefix);
    if (role == Role::map && !tasks.key_secret.empty()) scopes.push_back("secrets:get:" + tasks.key_secret);
    if (role != Role::map && is_private(tasks)) scopes.push_back("queue:get-artifact:" + tasks.artifacts + "/*");
    return scopes;
}

// Of a map-only job, one task puts the lines of all mappers into the order of the input.
unsigned reducers_of(const PlannedJob& job) { return job.map_only ? 1 : job.reducers; }

std::vector<std::string> index_routes(const Plan& plan, std::size_t reducer) {
    const std::string& name = plan.tasks.index_namespace;
    if (name.empty()) return {};
    if (reducers_of(plan.job) == 1) return {"index." + name};
    return {fmt::format("index.{}.{}", name, reducer)};
}

std::string iso_millis(WallTime at) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()) % 1000;
    std::string text = to_iso_date(at);
    text.insert(text.size() - 1, fmt::format(".{:03}", ms.count()));
    return text;
}

}  // namespace

std::string_view word_of(Role role) noexcept {
    switch (role) {
        case Role::map: return "map";
        case Role::merge: return "merge";
        case Role::reduce: return "reduce";
    }
    return "";
}

std::string task_id_in_group(const std::string& group_id, std::size_t place) {
    const Sha256Digest digest = sha256(fmt::format("{}/{}", group_id, place));
    return task_id_of(as_text(digest).substr(0, 16));
}

TaskGraph::TaskGraph(const Plan& plan, GraphFacts facts)
    : plan_(plan), facts_(std::move(facts)), root_(common_root(plan.loads)), plan_digest_(plan_digest(plan)) {
    check_limits(plan, facts_);
    mappers_ = plan.loads.size();
    if (plan.tasks.merge_fan_in > 0) mergers_ = rounded_up(mappers_, plan.tasks.merge_fan_in);
    reducers_ = reducers_of(plan.job);
}

Role TaskGraph::role(std::size_t place) const noexcept {
    if (place < mappers_) return Role::map;
    return place < mappers_ + mergers_ ? Role::merge : Role::reduce;
}

std::string TaskGraph::task_id(std::size_t place) const { return task_id_in_group(facts_.group_id, place); }

std::size_t TaskGraph::place_in_role(std::size_t place) const noexcept {
    switch (role(place)) {
        case Role::map: return place;
        case Role::merge: return place - mappers_;
        case Role::reduce: return place - mappers_ - mergers_;
    }
    return 0;
}

std::vector<std::string> TaskGraph::dependencies(std::size_t place) const {
    std::size_t begin = 0, end = 0;
    if (role(place) == Role::merge) {
        begin = place_in_role(place) * plan_.tasks.merge_fan_in;
        end = std::min<std::size_t>(begin + plan_.tasks.merge_fan_in, mappers_);
    } else if (role(place) == Role::reduce) {
        begin = mergers_ > 0 ? mappers_ : 0;
        end = mappers_ + mergers_;
    }
    std::vector<std::string> ids;
    for (std::size_t other = begin; other < end; ++other) ids.push_back(task_id(other));
    return ids;
}

Json TaskGraph::environment(std::size_t place) const {
    const TaskSettingsOfPlan& tasks = plan_.tasks;
    Json env(tasks.environment);
    if (!plan_.job.bundle.empty()) {
        env["AF_JOB_BUNDLE"] = "base64:" + base64(plan_.job.bundle);
        env["AF_JOB_BUNDLE_SHA256"] = plan_.job.bundle_sha256;
        if (!env.contains("AF_JOB")) env["AF_JOB"] = ".";  // whatever the image says
    }
    if (!plan_.job.map_only) env["AF_REDUCERS"] = std::to_string(plan_.job.reducers);
    env["AF_ARTIFACTS"] = tasks.artifacts;
    if (tasks.allow_missing > 0) env["AF_ALLOW_MISSING"] = std::to_string(tasks.allow_missing);
    if (!plan_.notice.owner.empty()) env["OWNER"] = plan_.notice.owner;
    if (role(place) == Role::reduce) env["REDUCER_ID"] = std::to_string(place_in_role(place));
    if (role(place) != Role::map) return env;
    if (!root_.empty()) env["AF_INPUT"] = root_;
    if (tasks.keys == TaskKeys::auth) env["AF_S3_READ"] = tasks.read_prefix;
    if (tasks.keys == TaskKeys::sealed) env["CREDENTIALS"] = facts_.envelope;
    if (!tasks.key_secret.empty()) env["AF_KEY_SECRET"] = tasks.key_secret;
    return env;
}

Json TaskGraph::marks(std::size_t place) const {
    const Role role = this->role(place);
    Json marks{{"version", 1},          {"role", word_of(role)},      {"index", place_in_role(place)},
               {"mappers", mappers_},   {"mergers", mergers_},        {"reducers", reducers_},
               {"job", plan_.job.name}, {"artifacts", plan_.tasks.artifacts}, {"plan", plan_digest_}};
    if (plan_.tasks.reduce_what_succeeded) marks["reduce_what_succeeded"] = true;
    if (role == Role::map) {
        marks["objects"] = plan_.loads[place].objects.size();
        marks["bytes"] = plan_.loads[place].bytes;
    }
    if (role == Role::reduce) marks["result"] = plan_.tasks.artifacts + "/result.txt";
    return marks;
}

Json TaskGraph::metadata(std::size_t place) const {
    const Role role = this->role(place);
    const std::size_t of = role == Role::map ? mappers_ : role == Role::merge ? mergers_ : reducers_;
    std::string about = fmt::format("{} of the job {}: ",
                                    role == Role::map     ? "Maps"
                                    : role == Role::merge ? "Merges parts"
                                                          : "Reduces",
                                    plan_.job.name);
    if (role == Role::map) {
        about += fmt::format("{}, {}", plural(plan_.loads[place].objects.size(), "object"),
                             size_text(plan_.loads[place].bytes));
    } else {
        about += fmt::format("what {} made", plural(dependencies(place).size(), "task"));
    }
    const std::string& owner = plan_.notice.owner;
    return {{"name", fmt::format("{} {} {}/{}", plan_.job.name, word_of(role), place_in_role(place) + 1, of)},
            {"description", about + "."},
            {"owner", owner.empty() ? "nobody" : owner},
            {"source", plan_.tasks.code_link}};
}

GraphTask TaskGraph::task(std::size_t place) const {
    const TaskSettingsOfPlan& tasks = plan_.tasks;
    const Role role = this->role(place);
    const std::string expires = iso_millis(facts_.created + tasks.expires);

    Json payload{{"image", plan_.image},
                 {"env", environment(place)},
                 {"maxRunTime", tasks.max_run_time.count()},
                 {"features", {{"taskclusterProxy", true}}},
                 {"onExitStatus", {{"retry", {74, 75, 125}}}}};
    payload["command"] = role == Role::map ? Json(mapper_command(plan_.loads[place], root_))
                                           : Json({"af-task", std::string(word_of(role))});
    payload["artifacts"][tasks.artifacts] = {
        {"type", "directory"}, {"path", std::string(kHome) + tasks.artifacts}, {"expires", expires}};

    std::vector<std::string> routes = notice_routes(plan_, role);
    Json extra{{"af", marks(place)}};
    if (!routes.empty()) extra["notify"] = notice_text(plan_, role, facts_.link);
    if (role == Role::reduce && !tasks.index_namespace.empty()) {
        const std::vector<std::string> index = index_routes(plan_, place_in_role(place));
        routes.insert(routes.end(), index.begin(), index.end());
        extra["index"] = {{"rank", std::chrono::system_clock::to_time_t(facts_.created)}, {"expires", expires}};
    }

    const Json definition{
        {"taskQueueId", tasks.task_queue},
        {"schedulerId", tasks.scheduler_id},
        {"projectId", tasks.project_id},
        {"taskGroupId", facts_.group_id},
        {"priority", tasks.priority},
        {"retries", tasks.retries},
        {"requires", tasks.reduce_what_succeeded && role != Role::map ? "all-resolved" : "all-completed"},
        {"dependencies", dependencies(place)},
        {"created", iso_millis(facts_.created)},
        {"deadline", iso_millis(facts_.created + tasks.deadline)},
        {"expires", expires},
        {"scopes", scopes_of(role, tasks)},
        {"routes", routes},
        {"payload", payload},
        {"metadata", metadata(place)},
        {"tags",
         {{"kind", fmt::format("af-{}", word_of(role))},
          {"createdForUser", plan_.notice.owner.empty() ? "nobody" : plan_.notice.owner}}},
        {"extra", extra}};
    return {task_id(place), definition.dump()};
}

std::vector<std::string> scopes_to_submit(const Plan& plan) {
    const TaskSettingsOfPlan& tasks = plan.tasks;
    std::vector<std::string> scopes{"queue:create-task:" + tasks.priority + ":" + tasks.task_queue,
                                    "queue:create-task:project:" + tasks.project_id,
                                    "queue:scheduler-id:" + tasks.scheduler_id};
    const auto add = [&scopes](const std::vector<std::string>& more, std::string_view prefix) {
        for (const std::string& scope : more) scopes.push_back(std::string(prefix) + scope);
    };
    for (const Role role : {Role::map, Role::merge, Role::reduce}) {
        if (role == Role::merge && tasks.merge_fan_in == 0) continue;
        add(scopes_of(role, tasks), "");
        add(notice_routes(plan, role), "queue:route:");
    }
    for (unsigned reducer = 0; reducer < reducers_of(plan.job); ++reducer)
        add(index_routes(plan, reducer), "queue:route:");
    std::sort(scopes.begin(), scopes.end());
    scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
    return scopes;
}

}  // namespace af
