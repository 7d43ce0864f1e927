#include "cli/monitor/proxy.hpp"

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

template <class T>
T wait_for(Session& session, Task<T> task) {
    return asio::co_spawn(session.runtime().net().executor, std::move(task), asio::use_future).get();
}

RetryPolicy once() {
    RetryPolicy policy = service_policy();
    policy.transient_attempts = 1;
    policy.throttle_attempts = 1;
    return policy;
}

std::string problem(std::string_view code, std::string_view message) {
    return Json{{"code", code}, {"message", message}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Task<void> destroy(std::unique_ptr<ObjectReader> reader) {
    reader.reset();
    co_return;
}

}  // namespace

MonitorDownload::MonitorDownload(Session& session, ArtifactStore& store, const Retrier& with, const ArtifactName& name,
                                 std::stop_token stop)
    : session_(session) {
    ObjectRef object;
    object.name = to_text(name);
    reader_ = std::make_unique<ObjectReader>(store, std::make_shared<const ObjectRef>(std::move(object)), with,
                                             std::move(stop), UINT64_MAX);
}

MonitorDownload::~MonitorDownload() { wait_for(session_, destroy(std::move(reader_))); }

void MonitorDownload::open() { wait_for(session_, reader_->open()); }

std::optional<Block> MonitorDownload::next() { return wait_for(session_, reader_->next()); }

MonitorProxy::MonitorProxy(Cluster& cluster, std::string group_id)
    : cluster_(cluster),
      group_id_(std::move(group_id)),
      lister_(cluster.session().http(), Retrier{cluster.session().clock(), seeded_random(), once()},
              cluster.client().access()),
      data_{cluster.session().clock(), seeded_random(), object_policy()},
      artifacts_(cluster.client(), cluster.session().http(), data_, cluster.session().stored_blocks()) {}

MonitorProxy::Reply MonitorProxy::list(const std::string& continuation_token) {
    ServiceCall call{.service = "queue", .name = "listTaskGroup", .path = {"task-group", group_id_, "list"}};
    if (!continuation_token.empty()) call.query.emplace_back("continuationToken", continuation_token);
    call.wanted = {400, 401, 403, 404, 410, 429, 500, 502, 503, 504};
    try {
        ServiceReply reply = wait_for(cluster_.session(), lister_.send(std::move(call), cluster_.token()));
        if (reply.status >= 400) return {reply.status, problem(reply.failure.code, reply.failure.message)};
        remember(reply.body);
        return {200, std::move(reply.body)};
    } catch (const Error& error) {
        return {502, problem(error_name(error.kind()), error.what())};
    }
}

void MonitorProxy::remember(const std::string& page) {
    const Json json = Json::parse(page, nullptr, false);
    const auto tasks = json.is_object() ? json.find("tasks") : json.end();
    if (tasks == json.end() || !tasks->is_array()) return;
    const std::lock_guard lock(mutex_);
    for (const Json& item : *tasks) {
        const Json id = item.value("/status/taskId"_json_pointer, Json());
        if (id.is_string()) tasks_.insert(id.get<std::string>());
    }
}

std::unique_ptr<MonitorDownload> MonitorProxy::download(const ArtifactName& name) {
    {
        const std::lock_guard lock(mutex_);
        if (!tasks_.contains(name.task_id)) return nullptr;
    }
    return std::make_unique<MonitorDownload>(cluster_.session(), artifacts_, data_, name, cluster_.token());
}

}  // namespace af
