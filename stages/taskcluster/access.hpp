// Where the Taskcluster services are and as whom they are asked.
//
// Order    TASKCLUSTER_PROXY_URL (inside a task: the proxy signs, so there are no credentials); TASKCLUSTER_CLIENT_ID,
//          TASKCLUSTER_ACCESS_TOKEN, TASKCLUSTER_CERTIFICATE, TASKCLUSTER_AUTHORIZED_SCOPES (a JSON list), which
//          `taskcluster signin` prints; `config:` of $XDG_CONFIG_HOME/taskcluster.yml (else ~/.config/taskcluster.yml);
//          nobody. TASKCLUSTER_ROOT_URL goes before the file's rootUrl. Client id and token come from one place.
// Errors   config: half of the credentials is missing, a variable or file is broken (named, its value never shown), or
//          there is no root URL.
#pragma once

#include "stages/environment.hpp"

#include <optional>
#include <string>
#include <vector>

namespace af {

struct TaskclusterCredentials {
    std::string client_id;
    std::string access_token;
    std::string certificate{};                                    // JSON text; empty for permanent credentials
    std::optional<std::vector<std::string>> authorized_scopes{};  // narrows what the credentials may do
};

struct TaskclusterAccess {
    std::string api_root;  // what calls begin with: the proxy inside a task, the root URL elsewhere; no '/' at the end
    std::string root_url;  // of the deployment, as people see it; empty inside a task whose worker does not say
    std::optional<TaskclusterCredentials> credentials{};  // none: calls go unsigned
    std::string source{};  // for messages: "the task's proxy", "TASKCLUSTER_CLIENT_ID", ...
};

TaskclusterAccess find_taskcluster_access(const Environment& environment);

}  // namespace af
