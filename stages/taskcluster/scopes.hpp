// Scopes of Taskcluster: what somebody has, what something needs, what is missing.
//
// Source   https://docs.taskcluster.net/docs/manual/design/apis/hawk/scopes; auth API, currentScopes.
#pragma once

#include "stages/taskcluster/client.hpp"

#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// Whether one scope that is had gives one that is wanted: the same text, or a beginning of it followed by '*'.
bool scope_satisfied(std::string_view have, std::string_view want);

// The wanted ones that none of `have` gives, in their order.
std::vector<std::string> scopes_not_in(std::span<const std::string> have, std::span<const std::string> wanted);

// Every scope of the caller, roles expanded, as the auth service sees it.
Task<std::vector<std::string>> current_scopes(TaskclusterClient& client, std::stop_token stop);

// The wanted ones that the caller does not have. Errors of TaskclusterClient; corrupt.
Task<std::vector<std::string>> missing_scopes(TaskclusterClient& client, std::vector<std::string> wanted,
                                              std::stop_token stop);

}  // namespace af
