#include "stages/taskcluster/secrets.hpp"

#include <nlohmann/json.hpp>

namespace af {

Task<std::string> read_secret(TaskclusterClient& client, std::string name, std::stop_token stop) {
    ServiceCall call{.service = "secrets", .name = "get", .path = {"secret", name}};
    try {
        const nlohmann::json reply = co_await client.json(std::move(call), std::move(stop));
        const auto secret = reply.find("secret");
        if (secret == reply.end() || !secret->is_object())
            throw Error(ErrorKind::corrupt, "the secrets service sent no secret");
        co_return secret->dump();
    } catch (Error& error) {
        throw std::move(error).about(name);
    }
}

}  // namespace af
