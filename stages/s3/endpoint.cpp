#include "stages/s3/endpoint.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace af {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::string_view kLowerDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_bucket(std::string_view bucket) {
    return bucket.size() >= 3 && bucket.size() <= 63 && only_of(bucket, kAlphanumeric, "._-") &&
           kAlphanumeric.find(bucket.front()) != kAlphanumeric.npos && bucket.find("..") == bucket.npos;
}

bool is_dns_label(std::string_view bucket) {
    return only_of(bucket, kLowerDigits, "-") && bucket.front() != '-' && bucket.back() != '-';
}

bool is_aws_host(std::string_view host) {
    return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

bool is_aws(const S3Endpoint& endpoint) {
    return !endpoint.custom || (endpoint.custom->scheme == "https" && is_aws_host(endpoint.custom->host));
}

bool uses_virtual_host(const S3Endpoint& endpoint, std::string_view bucket) {
    if (!is_dns_label(bucket) || endpoint.addressing == Addressing::path) return false;
    return endpoint.addressing == Addressing::virtual_host || !endpoint.custom;
}

}  // namespace

bool is_s3_name(std::string_view name) { return name.starts_with(kScheme); }

Result<S3Name> parse_s3_name(std::string_view name) {
    if (!is_s3_name(name))
        return Failure(Error(ErrorKind::usage, fmt::format("\"{}\" is not an s3://bucket/key name", escaped(name))));
    std::string_view rest = name.substr(kScheme.size());
    std::string_view bucket = rest.substr(0, rest.find('/'));
    if (!is_bucket(bucket))
        return Failure(
            Error(ErrorKind::usage, fmt::format("\"{}\": \"{}\" is not a bucket name", escaped(name), escaped(bucket)))
                .hint("A bucket is 3 to 63 letters, digits, dots, hyphens or underscores."));
    rest.remove_prefix(std::min(bucket.size() + 1, rest.size()));
    return S3Name{std::string(bucket), std::string(rest)};
}

std::string to_text(const S3Name& name) { return fmt::format("s3://{}/{}", name.bucket, name.key); }

Result<S3Endpoint> resolve_endpoint(const Environment& environment, const std::string& endpoint_url,
                                    Addressing addressing) {
    S3Endpoint endpoint;
    endpoint.addressing = addressing;
    if (addressing == Addressing::automatic && is_on(environment, "AF_S3_PATH_STYLE"))
        endpoint.addressing = Addressing::path;

    std::string text = endpoint_url;
    std::string origin = "the endpoint option";
    for (std::string_view name : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
        if (!text.empty()) break;
        text = variable(environment, name).value_or("");
        origin = name;
    }
    if (text.empty()) return endpoint;

    Result<Url> url = parse_url(text);
    if (!url) return Failure(std::move(url.error()).during(origin));
    if (is_link_local(url->host))
        return Failure(
            Error(ErrorKind::refused, fmt::format("{}: {} is a link-local address", origin, url->host))
                .hint("Instance metadata is served there, never S3: set the endpoint to your object store."));
    if (!url->query.empty())
        return Failure(Error(ErrorKind::refused, fmt::format("{}: an endpoint has no query", origin)));
    while (url->path.ends_with('/')) url->path.pop_back();
    endpoint.custom = std::move(*url);
    return endpoint;
}

std::string object_url(const S3Endpoint& endpoint, std::string_view region, const S3Name& name) {
    std::string key = percent_encode(name.key, "/");
    bool in_host = uses_virtual_host(endpoint, name.bucket);
    std::string scheme = "https";
    std::string authority = fmt::format("s3.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
    std::string path;
    if (endpoint.custom) {
        scheme = endpoint.custom->scheme;
        authority = endpoint.custom->authority();
        path = endpoint.custom->path;
    }
    if (in_host) return fmt::format("{}://{}.{}{}/{}", scheme, name.bucket, authority, path, key);
    return fmt::format("{}://{}{}/{}{}{}", scheme, authority, path, name.bucket, key.empty() ? "" : "/", key);
}

bool is_region(std::string_view region) {
    return !region.empty() && region.size() <= 32 && only_of(region, kLowerDigits, "-");
}

bool redirect_allowed(const S3Endpoint& endpoint, const Url& target) {
    if (is_link_local(target.host)) return false;
    if (is_aws(endpoint) && target.scheme == "https" && target.port.empty() && is_aws_host(target.host) &&
        (target.host.starts_with("s3.") || target.host.starts_with("s3-") ||
         target.host.find(".s3.") != target.host.npos || target.host.find(".s3-") != target.host.npos))
        return true;
    if (!endpoint.custom) return false;
    const Url& own = *endpoint.custom;
    return target.scheme == own.scheme && target.port == own.port &&
           (target.host == own.host || target.host.ends_with("." + own.host));
}

std::string region_of_host(std::string_view host) {
    auto end = host.rfind(".amazonaws.com");
    if (end == host.npos) return "";
    std::string_view front = host.substr(0, end);
    auto place = front.rfind("s3");
    if (place == front.npos || (place > 0 && front[place - 1] != '.') || place + 3 > front.size()) return "";
    char separator = front[place + 2];
    std::string_view region = front.substr(place + 3);
    return (separator == '.' || separator == '-') && is_region(region) ? std::string(region) : "";
}

}  // namespace af
