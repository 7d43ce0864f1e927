#include "container/key_ring.hpp"

#include "engine/file.hpp"
#include "engine/secret.hpp"
#include "stages/taskcluster/secrets.hpp"

#include <cstring>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr std::size_t kMostKeyBytes = 64 << 10;

Error unusable(std::string_view what, const Error& why) {
    return Error(ErrorKind::config, std::string(what) + ": " + why.what()).about(what);
}

Secret key_file(const std::string& path) {
    try {
        return taken_from(read_text(path, kMostKeyBytes));
    } catch (const Error& error) {
        throw unusable("AF_KEY_FILE", error);
    }
}

// Scopes, names and outages are told as they are: only what is in the secret is not.
Secret key_secret(const std::string& name, TaskclusterClient& client, Runtime& runtime, std::stop_token stop) {
    const Secret text = taken_from(runtime.block_on(read_secret(client, name, std::move(stop))));
    nlohmann::json object = nlohmann::json::parse(text.view(), nullptr, false);
    std::string keys;
    for (auto& value : object) {
        if (!value.is_string()) continue;
        std::string& pem = value.get_ref<std::string&>();
        if (pem.find("PRIVATE KEY") != pem.npos) keys += pem + "\n";
        ::explicit_bzero(pem.data(), pem.size());
    }
    return taken_from(std::move(keys));
}

}  // namespace

KeyRing read_key_ring(const TaskSettings& settings, TaskclusterClient* client, Runtime& runtime, std::stop_token stop) {
    if (!settings.key_file.empty()) return KeyRing::from_pem(key_file(settings.key_file).view(), "AF_KEY_FILE");
    if (settings.key_secret.empty())
        throw Error(ErrorKind::config, "CREDENTIALS is set, but neither AF_KEY_SECRET nor AF_KEY_FILE")
            .hint("name the secret that holds the private key, or mount the key");
    if (!client)
        throw Error(ErrorKind::config, "AF_KEY_SECRET needs the task's proxy")
            .hint("add features: {taskclusterProxy: true} to the payload");
    const Secret keys = key_secret(settings.key_secret, *client, runtime, std::move(stop));
    return KeyRing::from_pem(keys.view(), "AF_KEY_SECRET");
}

}  // namespace af
