// Who hears of the end of a graph: the routes of the notify service and the text it sends. Part of TaskGraph. Pure.
//
// Reducers tell of every end; mappers of failures alone. The text of all mappers is the same, and the service drops
// what it has just sent: a thousand mappers that fail are one mail.
// Source   Taskcluster manual, "notify" (routes notify.<how>.<where>.on-<event>, extra.notify, rendered with JSON-e).
#pragma once

#include "stages/submit/graph.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace af {

// Without the mail routes when the tasks send mails by a server of the user's (AF_SMTP_URL, AF_SMTP_SECRET).
std::vector<std::string> notice_routes(const Plan& plan, Role role);

// extra.notify. `link`: where the group is seen; empty: not said.
nlohmann::json notice_text(const Plan& plan, Role role, const std::string& link);

}  // namespace af
