#include "cli/cluster.hpp"

namespace af {

Environment without_aws(const Environment& environment) {
    return [environment](std::string_view name) -> std::optional<std::string> {
        if (name == "AWS_CONFIG_FILE" || name == "AWS_SHARED_CREDENTIALS_FILE") return "/dev/null";
        if (name.starts_with("AWS_")) return std::nullopt;
        return environment(name);
    };
}

StoreOptions no_store() {
    StoreOptions options;
    options.no_sign_request = true;
    return options;
}

Cluster::Cluster(const Environment& environment) : Cluster(without_aws(environment), no_store()) {}

Cluster::Cluster(const Environment& environment, const StoreOptions& store) {
    const TaskclusterAccess access =
        in_step(ClusterStep::taskcluster, [&] { return find_taskcluster_access(environment); });
    session_.emplace(store, environment, control_, 1);
    Retrier retrier{session_->clock(), seeded_random(), service_policy()};
    client_.emplace(session_->http(), std::move(retrier), access);
    queue_.emplace(*client_);
}

std::string group_link(const std::string& root_url, const std::string& group_id) {
    return root_url + "/tasks/groups/" + group_id;
}

std::string task_link(const std::string& root_url, const std::string& task_id) {
    return root_url + "/tasks/" + task_id;
}

std::string log_link(const std::string& root_url, const std::string& task_id, int run_id) {
    return task_link(root_url, task_id) + "/runs/" + std::to_string(run_id) + "/logs/public/logs/live.log";
}

}  // namespace af
