#include "stages/taskcluster/artifact_target.hpp"

#include "stages/s3/content_range.hpp"
#include "stages/s3/dates.hpp"
#include "stages/s3/hash.hpp"
#include "stages/s3/url.hpp"
#include "stages/taskcluster/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr std::uint64_t kMaxSignedSeconds = 604'800;  // a week: the most AWS signs for

std::string query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
            return percent_decode(pair.substr(name.size() + 1));
    }
    return "";
}

// "20261124T022349Z" as an ISO date.
std::string from_basic_date(std::string_view text) {
    if (text.size() != 16) return "";
    return fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2), text.substr(9, 2),
                       text.substr(11, 2), text.substr(13, 2));
}

Failure refuse(const Url& url, std::string_view why) {
    return Failure(Error(ErrorKind::refused, fmt::format("{} is not asked for an artifact: {}", url.origin(), why)));
}

void add_hash(HttpHeaders& headers, const nlohmann::json& hashes, const char* algorithm, std::size_t digits) {
    const auto found = hashes.find(algorithm);
    if (found == hashes.end() || !found->is_string() || !headers.empty()) return;
    std::string value = base64_of_hex(found->get<std::string>(), digits);
    if (!value.empty()) headers.emplace_back(fmt::format("x-amz-checksum-{}", algorithm), std::move(value));
}

}  // namespace

std::string base64_of_hex(std::string_view text, std::size_t digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (text.size() != digits) return "";
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const auto high = kDigits.find(text[i]);
        const auto low = kDigits.find(text[i + 1]);
        if (high == kDigits.npos || low == kDigits.npos) return "";
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return base64(bytes);
}

std::optional<WallTime> expiry_of(std::string_view url) {
    const auto question = url.find('?');
    if (question == url.npos) return std::nullopt;
    const std::string_view query = url.substr(question + 1);
    const auto signed_at = parse_iso_date(from_basic_date(query_value(query, "X-Amz-Date")));
    const auto seconds = parse_number(query_value(query, "X-Amz-Expires"));
    if (!signed_at || !seconds || *seconds > kMaxSignedSeconds) return std::nullopt;
    return *signed_at + std::chrono::seconds(*seconds);
}

ArtifactTarget s3_target(std::string url) {
    const auto expires = expiry_of(url);
    return ArtifactTarget{.url = std::move(url), .expires = expires};
}

Result<ArtifactTarget> object_target(const nlohmann::json& reply) {
    const JsonFields fields(reply, "the object service's reply");
    const std::string method = fields.text("method");
    ArtifactTarget target = s3_target(fields.text("url"));
    if (method == "simple") return target;
    if (method != "getUrl")
        return Failure(
            Error(ErrorKind::corrupt, fmt::format("the object service offers method \"{}\" only", escaped(method))));
    if (const auto expires = parse_iso_date(fields.text("expires"))) target.expires = expires;
    target.may_redirect = false;
    const nlohmann::json& hashes = fields.object("hashes");
    add_hash(target.checksums, hashes, "sha256", 64);
    add_hash(target.checksums, hashes, "sha512", 128);
    if (target.checksums.empty())
        return Failure(
            Error(ErrorKind::corrupt, "the object service gives neither a SHA-256 nor a SHA-512 of the object"));
    return target;
}

Result<void> check_artifact_url(std::string_view text, std::string_view root_url) {
    const Result<Url> url = parse_url(text);
    if (!url) return Failure(url.error());
    const Result<Url> root = parse_url(root_url);
    const bool plain_root = root && root->scheme == "http";
    const bool local_root = plain_root && is_loopback(root->host);
    if (is_link_local(url->host)) return refuse(*url, "it is a link-local address");
    if (is_loopback(url->host) && !local_root) return refuse(*url, "it is this machine");
    const bool at_home = plain_root && (root->host == url->host || (local_root && is_loopback(url->host)));
    if (url->scheme != "https" && !at_home) return refuse(*url, "only https is trusted");
    return {};
}

std::string resolve_location(std::string_view url, std::string_view location) {
    if (!location.starts_with('/') || location.starts_with("//")) return std::string(location);
    const Result<Url> base = parse_url(url);
    return (base ? base->origin() : "") + std::string(location);
}

}  // namespace af
