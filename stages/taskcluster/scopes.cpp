#include "stages/taskcluster/scopes.hpp"

#include "stages/taskcluster/json_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace af {

bool scope_satisfied(std::string_view have, std::string_view want) {
    if (have == want) return true;
    return have.ends_with('*') && want.starts_with(have.substr(0, have.size() - 1));
}

std::vector<std::string> scopes_not_in(std::span<const std::string> have, std::span<const std::string> wanted) {
    std::vector<std::string> missing;
    std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(missing), [have](const std::string& want) {
        return std::none_of(have.begin(), have.end(),
                            [&](const std::string& held) { return scope_satisfied(held, want); });
    });
    return missing;
}

Task<std::vector<std::string>> current_scopes(TaskclusterClient& client, std::stop_token stop) {
    ServiceCall call{.service = "auth", .name = "currentScopes", .path = {"scopes", "current"}};
    const nlohmann::json reply = co_await client.json(std::move(call), std::move(stop));
    const JsonFields fields(reply, "auth currentScopes");
    fields.list("scopes");  // nobody has none at all: everybody may ask this
    co_return fields.texts("scopes");
}

Task<std::vector<std::string>> missing_scopes(TaskclusterClient& client, std::vector<std::string> wanted,
                                              std::stop_token stop) {
    const std::vector<std::string> have = co_await current_scopes(client, std::move(stop));
    co_return scopes_not_in(have, wanted);
}

}  // namespace af
