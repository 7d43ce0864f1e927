#include "stages/taskcluster/secrets.hpp"

#include "stages/s3/dates.hpp"

#include <cstring>
#include <fmt/format.h>
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

Task<void> write_secret(TaskclusterClient& client, std::string name, Secret value, WallTime expires,
                        std::stop_token stop) {
    ServiceCall call{.service = "secrets", .name = "set", .method = "PUT", .path = {"secret", name}};
    call.body = fmt::format(R"({{"expires":"{}","secret":{}}})", to_iso_date(expires), value.view());
    try {
        co_await client.send(std::move(call), std::move(stop));
    } catch (Error& error) {
        throw std::move(error).about(name);
    }
}

}  // namespace af
