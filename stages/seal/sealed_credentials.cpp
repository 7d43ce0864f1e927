#include "stages/seal/sealed_credentials.hpp"

#include "engine/error.hpp"
#include "stages/s3/dates.hpp"
#include "stages/seal/flat_json.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace af {
namespace {

constexpr std::string_view kWhat = "sealed credentials";

// Printable, without blanks and without what JSON escapes.
bool is_plain(std::string_view text) {
    const auto plain = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; };
    return !text.empty() && std::all_of(text.begin(), text.end(), plain);
}

void check(std::string_view value, std::string_view name) {
    if (!is_plain(value))
        throw Error(ErrorKind::config, fmt::format("{}: \"{}\" is empty or holds what it cannot", kWhat, name));
}

void check(const AwsKeys& keys) {
    check(keys.access_key_id, "accessKeyId");
    check(keys.secret_access_key, "secretAccessKey");
    check(keys.session_token, "sessionToken");
}

}  // namespace

std::string seal_credentials(const PublicKey& key, const AwsCredentials& credentials, std::string_view task_group_id) {
    check(credentials.keys);
    if (!credentials.expires)
        throw Error(ErrorKind::config, fmt::format("{}: keys that do not expire are not sent to tasks", kWhat));
    constexpr std::string_view kForm =
        R"({{"accessKeyId":"{}","secretAccessKey":"{}","sessionToken":"{}","expiration":"{}"}})";
    const AwsKeys& keys = credentials.keys;
    const std::string expiration = to_iso_date(*credentials.expires);
    Secret plain(
        fmt::formatted_size(kForm, keys.access_key_id, keys.secret_access_key, keys.session_token, expiration));
    fmt::format_to(plain.data(), kForm, keys.access_key_id, keys.secret_access_key, keys.session_token, expiration);
    return seal_text(key, plain.view(), task_group_id);
}

AwsCredentials open_credentials(const KeyRing& ring, std::string_view envelope, std::string_view task_group_id) {
    const Secret plain = open_text(ring, envelope, task_group_id);
    const auto members = parse_flat_json(plain.view(), kWhat);
    const auto values = expect_texts(members, {"accessKeyId", "secretAccessKey", "sessionToken", "expiration"}, kWhat);
    const std::optional<WallTime> expires = parse_iso_date(values[3]);
    if (!expires) throw Error(ErrorKind::config, fmt::format("{}: \"expiration\" is not a date", kWhat));
    AwsKeys keys{std::string(values[0]), std::string(values[1]), std::string(values[2])};
    check(keys);
    return {.keys = std::move(keys), .expires = expires, .source = "envelope"};
}

}  // namespace af
