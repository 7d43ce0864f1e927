#include "stages/taskcluster/queue.hpp"

#include "stages/s3/dates.hpp"
#include "stages/taskcluster/artifact_name.hpp"
#include "stages/taskcluster/ids.hpp"
#include "stages/taskcluster/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr int kMostDepth = 64;
constexpr int kDepthOfFields = 4;  // {"tasks": [{"task": {"payload": ...

ServiceCall queue_call(std::string name, std::string method, std::vector<std::string> path) {
    return ServiceCall{
        .service = "queue", .name = std::move(name), .method = std::move(method), .path = std::move(path)};
}

void check_id(const std::string& id) {
    if (is_task_id(id)) return;
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a task id", escaped(id.substr(0, 80))))
        .hint("A task or group id has 22 characters of A-Z, a-z, 0-9, - and _.");
}

// The JSON of a call about `item`.
Task<Json> ask(TaskclusterClient& client, ServiceCall call, std::string item, std::stop_token stop) {
    try {
        Json reply = co_await client.json(std::move(call), std::move(stop));
        co_return reply;
    } catch (Error& error) {
        throw std::move(error).about(item);
    }
}

ServiceCall with_token(ServiceCall call, std::string token) {
    if (!token.empty()) call.query.emplace_back("continuationToken", std::move(token));
    return call;
}

TaskGroupPage parse_group_page(const Json& json) {
    const JsonFields fields(json, "a page of a task group");
    TaskGroupPage page;
    for (const Json& item : fields.list("tasks")) {
        const JsonFields both(item, "a task of a group");
        page.tasks.push_back({parse_task_status(both.object("status")), parse_task_definition(both.object("task"))});
    }
    page.next_token = fields.optional_text("continuationToken");
    page.sealed = json.contains("sealed");
    return page;
}

// The page without what makes it large; nested at most 64 deep, as everywhere.
Json parse_states(std::string_view text) {
    bool too_deep = false;
    const auto keep = [&too_deep](int depth, Json::parse_event_t event, Json& value) {
        too_deep = too_deep || depth > kMostDepth;
        if (too_deep) return false;
        if (event != Json::parse_event_t::key || depth != kDepthOfFields) return true;
        const std::string& key = value.get_ref<const std::string&>();
        return key != "payload" && key != "scopes" && key != "routes";
    };
    Json json = Json::parse(text, keep, false);
    if (json.is_discarded() || too_deep) throw Error(ErrorKind::corrupt, "a page of a task group is not JSON");
    return json;
}

ArtifactPage parse_artifact_page(const Json& json) {
    const JsonFields fields(json, "a page of artifacts");
    ArtifactPage page;
    for (const Json& item : fields.list("artifacts")) {
        const JsonFields artifact(item, "an artifact");
        ArtifactInfo info{artifact.text("name"),
                          artifact.text("storageType"),
                          artifact.optional_text("contentType"),
                          {},
                          artifact.optional_text("expires")};
        if (item.contains("contentLength")) info.content_length = artifact.number("contentLength");
        page.artifacts.push_back(std::move(info));
    }
    page.next_token = fields.optional_text("continuationToken");
    return page;
}

ArtifactContent parse_content(const Json& json) {
    const JsonFields fields(json, "an artifact's content");
    ArtifactContent content{.storage_type = fields.text("storageType")};
    content.url = fields.optional_text("url");
    content.object_name = fields.optional_text("name");
    content.reason = fields.optional_text("reason");
    content.message = fields.optional_text("message");
    if (content.storage_type != "object") return content;
    const JsonFields credentials(fields.object("credentials"), "an artifact's credentials");
    content.credentials.client_id = credentials.text("clientId");
    content.credentials.access_token = credentials.text("accessToken");
    content.credentials.certificate = credentials.optional_text("certificate");
    return content;
}

// Dates as instants, with their milliseconds.
bool same_instant(const std::string& a, const std::string& b) {
    const auto at_a = parse_iso_date(a);
    const auto at_b = parse_iso_date(b);
    const auto in_milliseconds = [](WallTime at) { return std::chrono::floor<std::chrono::milliseconds>(at); };
    return at_a && at_b && in_milliseconds(*at_a) == in_milliseconds(*at_b);
}

}  // namespace

bool same_definition(const Json& sent, const Json& held) {
    if (sent.is_object() && held.is_object()) {
        for (const auto& [name, value] : sent.items()) {
            const auto found = held.find(name);
            if (found == held.end() || !same_definition(value, *found)) return false;
        }
        return true;
    }
    if (sent.is_array() && held.is_array()) {
        if (sent.size() != held.size()) return false;
        for (std::size_t i = 0; i < sent.size(); ++i)
            if (!same_definition(sent[i], held[i])) return false;
        return true;
    }
    if (sent.is_number() && held.is_number()) return sent.get<double>() == held.get<double>();
    if (sent.is_string() && held.is_string() && sent != held)
        return same_instant(sent.get<std::string>(), held.get<std::string>());
    return sent == held;
}

ServiceCall artifact_call(std::string task_id, int run_id, std::string name) {
    if (run_id < 0)
        return queue_call("getLatestArtifact", "GET", {"task", std::move(task_id), "artifacts", std::move(name)});
    return queue_call("getArtifact", "GET",
                      {"task", std::move(task_id), "runs", std::to_string(run_id), "artifacts", std::move(name)});
}

Task<TaskDefinition> Queue::task(std::string task_id, std::stop_token stop) {
    check_id(task_id);
    ServiceCall call = queue_call("task", "GET", {"task", task_id});
    Json json = co_await ask(client_, std::move(call), std::move(task_id), std::move(stop));
    co_return parse_task_definition(json);
}

Task<TaskStatus> Queue::status_of(ServiceCall call, std::string task_id, std::stop_token stop) {
    check_id(task_id);
    Json json = co_await ask(client_, std::move(call), std::move(task_id), std::move(stop));
    const JsonFields fields(json, "the queue's reply");
    co_return parse_task_status(fields.object("status"));
}

Task<TaskStatus> Queue::status(std::string task_id, std::stop_token stop) {
    ServiceCall call = queue_call("status", "GET", {"task", task_id, "status"});
    TaskStatus status = co_await status_of(std::move(call), std::move(task_id), std::move(stop));
    co_return status;
}

Task<TaskStatus> Queue::rerun_task(std::string task_id, std::stop_token stop) {
    ServiceCall call = queue_call("rerunTask", "POST", {"task", task_id, "rerun"});
    TaskStatus status = co_await status_of(std::move(call), std::move(task_id), std::move(stop));
    co_return status;
}

Task<CreateOutcome> Queue::create_task(std::string task_id, std::string definition, std::stop_token stop) {
    check_id(task_id);
    ServiceCall call = queue_call("createTask", "PUT", {"task", task_id});
    call.body = definition;
    call.wanted = {409};
    ServiceReply reply;
    try {
        reply = co_await client_.send(std::move(call), stop);
    } catch (Error& error) {
        throw std::move(error).about(task_id);
    }
    if (reply.status == 409) {
        CreateOutcome outcome =
            co_await after_conflict(std::move(task_id), std::move(definition), std::move(reply.failure), stop);
        co_return outcome;
    }
    const Json json = Json::parse(reply.body, nullptr, false);
    const JsonFields fields(json, "the queue's reply");
    CreateOutcome outcome;
    outcome.status = parse_task_status(fields.object("status"));
    co_return outcome;
}

Task<CreateOutcome> Queue::after_conflict(std::string task_id, std::string definition, ServiceFailure failure,
                                          std::stop_token stop) {
    CreateOutcome outcome{.kind = CreateOutcome::Kind::conflict, .status = {}, .conflict = std::move(failure.message)};
    ServiceCall call = queue_call("task", "GET", {"task", task_id});
    call.wanted = {404};  // the group refused it: the id is free
    ServiceReply held = co_await client_.send(std::move(call), std::move(stop));
    if (held.status == 404) co_return outcome;
    const Json sent = Json::parse(definition, nullptr, false);
    const Json there = Json::parse(held.body, nullptr, false);
    if (same_definition(sent, there)) outcome.kind = CreateOutcome::Kind::same;
    co_return outcome;
}

Task<TaskGroupPage> Queue::list_states(std::string group_id, std::string token, unsigned most, std::stop_token stop) {
    check_id(group_id);
    ServiceCall call =
        with_token(queue_call("listTaskGroup", "GET", {"task-group", group_id, "list"}), std::move(token));
    call.query.emplace_back("limit", std::to_string(most));
    call.max_reply_bytes = kMostPageBytes;
    try {
        ServiceReply reply = co_await client_.send(std::move(call), std::move(stop));
        const Json json = parse_states(reply.body);
        co_return parse_group_page(json);
    } catch (Error& error) {
        throw std::move(error).about(group_id);
    }
}

Task<void> Queue::seal_task_group(std::string group_id, std::stop_token stop) {
    check_id(group_id);
    ServiceCall call = queue_call("sealTaskGroup", "POST", {"task-group", group_id, "seal"});
    co_await ask(client_, std::move(call), std::move(group_id), std::move(stop));
}

Task<CancelledGroup> Queue::cancel_task_group(std::string group_id, std::stop_token stop) {
    check_id(group_id);
    ServiceCall call = queue_call("cancelTaskGroup", "POST", {"task-group", group_id, "cancel"});
    Json json = co_await ask(client_, std::move(call), std::move(group_id), std::move(stop));
    const JsonFields fields(json, "the queue's reply");
    co_return CancelledGroup{fields.number("cancelledCount"), fields.number("taskGroupSize")};
}

Task<ArtifactPage> Queue::list_artifacts(std::string task_id, int run_id, std::string token, std::stop_token stop) {
    check_id(task_id);
    ServiceCall call =
        queue_call("listArtifacts", "GET", {"task", task_id, "runs", std::to_string(run_id), "artifacts"});
    call = with_token(std::move(call), std::move(token));
    Json json = co_await ask(client_, std::move(call), std::move(task_id), std::move(stop));
    co_return parse_artifact_page(json);
}

Task<ArtifactContent> Queue::artifact(std::string task_id, int run_id, std::string name, std::stop_token stop) {
    check_id(task_id);
    std::string item = to_text(ArtifactName{task_id, run_id, name});
    ServiceCall call =
        queue_call("artifact", "GET",
                   {"task", std::move(task_id), "runs", std::to_string(run_id), "artifact-content", std::move(name)});
    Json json = co_await ask(client_, std::move(call), std::move(item), std::move(stop));
    co_return parse_content(json);
}

}  // namespace af
