#include "stages/seal/key_secret.hpp"

#include "engine/error.hpp"
#include "stages/s3/dates.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr const char* kNewest = "key";
constexpr const char* kCreated = "created";

Json parsed(std::string_view secret) {
    Json object = Json::parse(secret, nullptr, false);
    if (object.is_object()) return object;
    throw Error(ErrorKind::config, "the secret is no JSON object");
}

bool is_key(const Json& value) {
    return value.is_string() && value.get_ref<const std::string&>().find("PRIVATE KEY") != std::string::npos;
}

std::vector<std::string> kids_of(const Json& value) {
    return KeyRing::from_pem(value.get_ref<const std::string&>(), "the secret").kids();
}

std::optional<WallTime> created_of(const Json& object, const std::string& kid) {
    const auto dates = object.find(kCreated);
    if (dates == object.end() || !dates->is_object()) return std::nullopt;
    const auto date = dates->find(kid);
    if (date == dates->end() || !date->is_string()) return std::nullopt;
    return parse_iso_date(date->get_ref<const std::string&>());
}

// Newest first, unknown dates last.
bool is_newer(const SecretKey& a, const SecretKey& b) {
    if (a.created.has_value() != b.created.has_value()) return a.created.has_value();
    return a.created > b.created;
}

std::vector<SecretKey> keys_in(const Json& object) {
    std::vector<SecretKey> keys;
    for (const Json& value : object) {
        if (!is_key(value)) continue;
        for (std::string& kid : kids_of(value)) keys.push_back({kid, created_of(object, kid)});
    }
    std::stable_sort(keys.begin(), keys.end(), is_newer);
    return keys;
}

// No graph that was sealed for them can still run.
std::vector<std::string> outlived(const std::vector<SecretKey>& keys, WallTime now) {
    std::vector<std::string> kids;
    for (std::size_t at = 1; at < keys.size() && keys[at].created; ++at) {
        if (now - *keys[at - 1].created > kKeepOldKey) kids.push_back(keys[at].kid);
    }
    return kids;
}

bool all_in(const std::vector<std::string>& kids, const std::vector<std::string>& among) {
    return std::all_of(kids.begin(), kids.end(), [&among](const std::string& kid) {
        return std::find(among.begin(), among.end(), kid) != among.end();
    });
}

void wipe(Json& object) {
    for (Json& value : object) {
        if (value.is_string()) taken_from(std::move(value.get_ref<std::string&>()));
    }
}

}  // namespace

std::vector<SecretKey> keys_in_secret(std::string_view secret) {
    Json object = parsed(secret);
    std::vector<SecretKey> keys = keys_in(object);
    wipe(object);
    return keys;
}

Secret with_new_key(std::string_view secret, const PrivateKey& key, WallTime now) {
    Json object = parsed(secret);
    const std::vector<std::string> gone = outlived(keys_in(object), now);
    for (auto member = object.begin(); member != object.end();) {
        const bool leaves = is_key(*member) && all_in(kids_of(*member), gone);
        member = leaves ? object.erase(member) : std::next(member);
    }
    if (const auto before = object.find(kNewest); before != object.end()) {
        if (!is_key(*before))
            throw Error(ErrorKind::config, "the secret's \"key\" is no private key").hint("name another secret");
        const std::string name = "key-" + kids_of(*before).front();
        Json value = std::move(*before);
        object[name] = std::move(value);
    }
    object[kNewest] = std::string(key.private_pem().view());
    Json& dates = object[kCreated];
    if (!dates.is_object()) dates = Json::object();
    for (const std::string& kid : gone) dates.erase(kid);
    dates[key.kid()] = to_iso_date(now);
    Secret text = taken_from(object.dump());
    wipe(object);
    return text;
}

}  // namespace af
