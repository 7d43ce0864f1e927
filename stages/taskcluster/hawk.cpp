#include "stages/taskcluster/hawk.hpp"

#include "stages/s3/hash.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace af {
namespace {

std::string port_of(const Url& url) {
    if (!url.port.empty()) return url.port;
    return url.scheme == "https" ? "443" : "80";
}

std::string resource_of(const Url& url) {
    std::string resource = url.path.empty() ? "/" : url.path;
    if (!url.query.empty()) resource += "?" + url.query;
    return resource;
}

std::string mac_of(std::string_view type, const HawkKey& key, const HawkStamp& stamp, std::string_view method,
                   const Url& url, std::string_view payload_hash) {
    const std::string normalized =
        fmt::format("hawk.1.{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n", type, stamp.seconds, stamp.nonce, method,
                    resource_of(url), url.host, port_of(url), payload_hash, key.ext);
    return base64(as_text(hmac_sha256(key.access_token, normalized)));
}

void check_client_id(std::string_view id) {
    const bool plain =
        std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
    if (plain && !id.empty()) return;
    throw Error(ErrorKind::config, fmt::format("\"{}\" is not a Taskcluster client id", escaped(id.substr(0, 80))))
        .hint("Check TASKCLUSTER_CLIENT_ID.");
}

}  // namespace

std::string hawk_ext(std::string_view certificate, const std::optional<std::vector<std::string>>& authorized_scopes) {
    nlohmann::ordered_json ext = nlohmann::ordered_json::object();
    if (!certificate.empty()) {
        ext["certificate"] = nlohmann::ordered_json::parse(certificate, nullptr, false);
        if (!ext["certificate"].is_object())
            throw Error(ErrorKind::config, "the certificate of the Taskcluster credentials is not a JSON object")
                .hint("Sign in again: eval \"$(taskcluster signin)\"");
    }
    if (authorized_scopes) ext["authorizedScopes"] = *authorized_scopes;
    return ext.empty() ? "" : base64(ext.dump());
}

std::string hawk_payload_hash(std::string_view content_type, std::string_view payload) {
    content_type = content_type.substr(0, content_type.find(';'));
    while (content_type.ends_with(' ')) content_type.remove_suffix(1);
    std::string text = fmt::format("hawk.1.payload\n{}\n", ascii_lower(content_type));
    text += payload;
    text += '\n';
    return base64(as_text(sha256(text)));
}

std::string hawk_header(const HawkKey& key, const HawkStamp& stamp, std::string_view method, const Url& url,
                        std::string_view payload_hash) {
    check_client_id(key.client_id);
    std::string header =
        fmt::format("Hawk id=\"{}\", ts=\"{}\", nonce=\"{}\"", key.client_id, stamp.seconds, stamp.nonce);
    if (!payload_hash.empty()) header += fmt::format(", hash=\"{}\"", payload_hash);
    if (!key.ext.empty()) header += fmt::format(", ext=\"{}\"", key.ext);
    return header + fmt::format(", mac=\"{}\"", mac_of("header", key, stamp, method, url, payload_hash));
}

std::string hawk_signed_url(const HawkKey& key, const Url& url, std::int64_t expires) {
    check_client_id(key.client_id);
    const std::string mac = mac_of("bewit", key, HawkStamp{expires, ""}, "GET", url, "");
    const std::string bewit = base64_url(fmt::format("{}\\{}\\{}\\{}", key.client_id, expires, mac, key.ext));
    return fmt::format("{}{}{}bewit={}", url.origin(), resource_of(url), url.query.empty() ? '?' : '&', bewit);
}

}  // namespace af
