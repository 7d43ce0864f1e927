#include "stages/taskcluster/service_failure.hpp"

#include "stages/s3/dates.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxMessage = 600;
constexpr std::size_t kMaxQuoted = 160;
constexpr std::size_t kMaxScopeText = 64 << 10;
constexpr std::string_view kFence = "```";

// Any run of blanks and line breaks as one blank, at most `max_bytes`.
std::string one_line(std::string_view text, std::size_t max_bytes) {
    std::string out;
    for (char c : text) {
        const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (!blank)
            out.push_back(c);
        else if (!out.empty() && out.back() != ' ')
            out.push_back(' ');
        if (out.size() > max_bytes) return out.substr(0, max_bytes) + "...";
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    return fmt::format("{}", fmt::join(parts, between));
}

// A scope expression: "scope", {"AllOf": [...]}, {"AnyOf": [...]}; of a depth that a person wrote.
std::vector<std::string> scopes_of(const Json& expression, int depth = 0) {
    std::vector<std::string> scopes;
    if (expression.is_string()) return {expression.get<std::string>()};
    if (!expression.is_object() || depth > 8) return scopes;
    if (const auto all = expression.find("AllOf"); all != expression.end() && all->is_array()) {
        for (const Json& part : *all)
            for (std::string& scope : scopes_of(part, depth + 1)) scopes.push_back(std::move(scope));
    }
    if (const auto any = expression.find("AnyOf"); any != expression.end() && any->is_array()) {
        std::vector<std::string> choices;
        for (const Json& part : *any) choices.push_back(joined(scopes_of(part, depth + 1), " and "));
        scopes.push_back(choices.size() == 1 ? choices[0] : fmt::format("one of ({})", joined(choices, " | ")));
    }
    return scopes;
}

// What stands in the first ``` block: a scope expression as JSON, or one bare scope.
std::vector<std::string> fenced_scopes(std::string_view message) {
    const auto begin = message.find(kFence);
    if (begin == message.npos) return {};
    message.remove_prefix(begin + kFence.size());
    const std::string_view block = message.substr(0, std::min(message.find(kFence), kMaxScopeText));
    const Json expression = Json::parse(block, nullptr, false);
    if (!expression.is_discarded()) return scopes_of(expression);
    std::string scope = one_line(block, kMaxMessage);
    return scope.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(scope)};
}

std::string text_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

void read_message(ServiceFailure& failure, std::string_view message) {
    message = message.substr(0, message.find("\n---\n"));
    if (failure.code == "InsufficientScopes") {
        failure.missing = fenced_scopes(message);
        message = message.substr(0, message.find(kFence));
    }
    failure.message = one_line(message, kMaxMessage);
    while (failure.message.ends_with(':')) failure.message.pop_back();
}

std::string hint_of(const ServiceFailure& failure) {
    if (!failure.missing.empty()) {
        if (failure.message.find("requires Taskcluster credentials") != std::string::npos)
            return "Give credentials: eval \"$(taskcluster signin)\", or TASKCLUSTER_CLIENT_ID and "
                   "TASKCLUSTER_ACCESS_TOKEN.";
        return "Ask an administrator of the deployment for the scopes, or list them in the task's `scopes`.";
    }
    if (failure.message.find("certificate.expiry") != std::string::npos)
        return "The temporary credentials have run out: eval \"$(taskcluster signin)\"";
    if (failure.message.find("Stale timestamp") != std::string::npos)
        return "Set this machine's clock: a signature is valid within 15 minutes only.";
    if (failure.status == 401) return "Check TASKCLUSTER_CLIENT_ID and TASKCLUSTER_ACCESS_TOKEN, or sign in again.";
    if (failure.status == 404 && failure.code.empty()) return "Check TASKCLUSTER_ROOT_URL: there is no such service.";
    if (failure.status == 429 || failure.status >= 500) return "The service had a failure of its own; try again later.";
    return "";
}

ErrorKind kind_of(const ServiceFailure& failure) {
    if (failure.message.find("certificate.expiry <") != std::string::npos) return ErrorKind::expired;
    switch (failure.status) {
        case 400:
        case 413: return ErrorKind::usage;
        case 404:
        case 410:
        case 424: return ErrorKind::not_found;
        case 429: return ErrorKind::unavailable;
        default: return failure.status >= 500 ? ErrorKind::unavailable : ErrorKind::refused;
    }
}

}  // namespace

ServiceFailure read_service_failure(int status, const HttpHeaders& headers, std::string_view body) {
    ServiceFailure failure;
    failure.status = status;
    failure.request_id = find_header(headers, "x-for-request-id").value_or("");
    if (const auto date = find_header(headers, "date")) failure.time = parse_http_date(*date);
    const Json json = Json::parse(body, nullptr, false);
    const std::string message = json.is_object() ? text_at(json, "message") : "";
    if (message.empty()) {
        failure.message = one_line(body.substr(0, 4 * kMaxQuoted), kMaxQuoted);
        return failure;
    }
    failure.code = json.contains("code") ? text_at(json, "code") : text_at(json, "reason");
    read_message(failure, message);
    if (const auto info = json.find("requestInfo"); !failure.time && info != json.end() && info->is_object())
        failure.time = parse_iso_date(text_at(*info, "time"));
    return failure;
}

Error to_error(const ServiceFailure& failure) {
    std::string text = fmt::format("HTTP {}", failure.status);
    if (!failure.code.empty()) text += " " + failure.code;
    if (!failure.message.empty()) text += ": " + escaped(failure.message);
    if (!failure.missing.empty()) text += ": " + escaped(joined(failure.missing, ", "));
    Error error(kind_of(failure), std::move(text));
    return std::move(error).hint(hint_of(failure)).request(failure.request_id);
}

}  // namespace af
