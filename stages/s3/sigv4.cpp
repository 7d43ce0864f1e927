#include "stages/s3/sigv4.hpp"

#include "stages/s3/hash.hpp"
#include "stages/s3/url.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <vector>

namespace af {
namespace {

constexpr std::array<std::string_view, 4> kUnsigned{"authorization", "expect", "user-agent", "x-amzn-trace-id"};
constexpr std::array<std::string_view, 4> kOurs{"authorization", "x-amz-content-sha256", "x-amz-date",
                                                "x-amz-security-token"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Without blanks at the ends, and runs of them as one.
std::string trimmed(std::string_view value) {
    std::string out;
    for (char c : value) {
        bool blank = c == ' ' || c == '\t';
        if (!blank) out.push_back(c);
        else if (!out.empty() && out.back() != ' ') out.push_back(' ');
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

// RFC 3986 5.2.4, and empty segments removed too.
std::string without_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    for (std::size_t begin = 0; begin <= path.size();) {
        std::size_t end = std::min(path.find('/', begin), path.size());
        std::string_view segment = path.substr(begin, end - begin);
        begin = end + 1;
        if (segment.empty() || segment == ".") continue;
        if (segment != "..") kept.push_back(segment);
        else if (!kept.empty()) kept.pop_back();
    }
    std::string out = fmt::format("/{}", fmt::join(kept, "/"));
    if (!kept.empty() && path.back() == '/') out.push_back('/');
    return out;
}

std::string canonical_path(const std::string& path, std::string_view service) {
    if (path.empty()) return "/";
    if (service == "s3") return path;
    return percent_encode(without_dot_segments(path), "/");
}

std::string canonical_query(std::string_view query) {
    if (query.empty()) return "";
    std::vector<std::pair<std::string_view, std::string_view>> parameters;
    for (std::size_t begin = 0; begin <= query.size();) {
        std::size_t end = std::min(query.find('&', begin), query.size());
        std::string_view parameter = query.substr(begin, end - begin);
        begin = end + 1;
        std::size_t equals = std::min(parameter.find('='), parameter.size());
        parameters.emplace_back(parameter.substr(0, equals), parameter.substr(std::min(equals + 1, parameter.size())));
    }
    std::sort(parameters.begin(), parameters.end());
    std::string out;
    for (auto [name, value] : parameters)
        fmt::format_to(std::back_inserter(out), "{}{}={}", out.empty() ? "" : "&", name, value);
    return out;
}

std::map<std::string, std::string> headers_to_sign(const HttpRequest& request, const Url& url) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : request.headers) {
        std::string key = ascii_lower(name);
        if (is_one_of(key, kUnsigned)) continue;
        auto [place, is_new] = out.emplace(key, trimmed(value));
        if (!is_new) place->second.append(",").append(trimmed(value));
    }
    out.emplace("host", url.authority());
    return out;
}

Sha256Digest derived_key(const AwsKeys& keys, const SigningScope& scope, std::string_view day) {
    Sha256Digest key = hmac_sha256(fmt::format("AWS4{}", keys.secret_access_key), day);
    for (std::string_view part :
         {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")})
        key = hmac_sha256(as_text(key), part);
    return key;
}

std::string day_of(std::string_view date) { return std::string(date.substr(0, 8)); }

std::string payload_hash(const HttpRequest& request) {
    if (auto declared = find_header(request.headers, "x-amz-content-sha256")) return std::string(*declared);
    return hex(as_text(sha256(request.body)));
}

Url url_of(const HttpRequest& request) {
    Result<Url> url = parse_url(request.url);
    if (!url) throw std::move(url.error()).during("sign a request");
    return std::move(*url);
}

}  // namespace

std::string amz_date(WallTime at) {
    std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                       utc.tm_min, utc.tm_sec);
}

const Sha256Digest& SigningKey::of(const AwsKeys& keys, const SigningScope& scope) {
    const std::string day = day_of(amz_date(scope.at));
    std::string derived_from = fmt::format("{}\n{}\n{}\n{}", day, scope.region, scope.service, keys.secret_access_key);
    if (derived_from != derived_from_) {
        key_ = derived_key(keys, scope, day);
        derived_from_ = std::move(derived_from);
    }
    return key_;
}

Signature signature_of(const HttpRequest& request, const AwsKeys& keys, const SigningScope& scope, SigningKey& key) {
    Url url = url_of(request);
    std::string canonical_headers;
    std::string names;
    for (const auto& [name, value] : headers_to_sign(request, url)) {
        fmt::format_to(std::back_inserter(canonical_headers), "{}:{}\n", name, value);
        fmt::format_to(std::back_inserter(names), "{}{}", names.empty() ? "" : ";", name);
    }
    std::string date = amz_date(scope.at);
    std::string credential_scope = fmt::format("{}/{}/{}/aws4_request", day_of(date), scope.region, scope.service);

    Signature out;
    out.canonical_request =
        fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, canonical_path(url.path, scope.service),
                    canonical_query(url.query), canonical_headers, names, payload_hash(request));
    out.string_to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, credential_scope,
                                     hex(as_text(sha256(out.canonical_request))));
    std::string signature = hex(as_text(hmac_sha256(as_text(key.of(keys, scope)), out.string_to_sign)));
    out.authorization = fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                    keys.access_key_id, credential_scope, names, signature);
    return out;
}

void sign(HttpRequest& request, const AwsKeys& keys, const SigningScope& scope, SigningKey& key) {
    std::erase_if(request.headers, [](const auto& header) { return is_one_of(ascii_lower(header.first), kOurs); });
    request.headers.emplace_back("x-amz-date", amz_date(scope.at));
    if (scope.service == "s3") request.headers.emplace_back("x-amz-content-sha256", hex(as_text(sha256(request.body))));
    if (!keys.session_token.empty()) request.headers.emplace_back("x-amz-security-token", keys.session_token);
    request.headers.emplace_back("Authorization", signature_of(request, keys, scope, key).authorization);
}

void sign(HttpRequest& request, const AwsKeys& keys, const SigningScope& scope) {
    SigningKey key;
    sign(request, keys, scope, key);
}

}  // namespace af
