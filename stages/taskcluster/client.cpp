#include "stages/taskcluster/client.hpp"

#include "engine/retry_http.hpp"
#include "stages/filter/strict_json.hpp"
#include "stages/s3/dates.hpp"
#include "stages/s3/url.hpp"
#include "stages/taskcluster/hawk.hpp"
#include "stages/taskcluster/ids.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr auto kRequestPatience = std::chrono::seconds(30);
constexpr auto kTolerableSkew = std::chrono::seconds(60);
constexpr std::size_t kMaxDepth = 64;
constexpr std::string_view kJsonType = "application/json";

std::string call_name(const ServiceCall& call) { return call.service + " " + call.name; }

bool is_success(int status) { return status >= 200 && status < 300; }

bool is_wanted(const ServiceCall& call, int status) {
    if (is_success(status)) return true;
    for (int wanted : call.wanted)
        if (wanted == status) return true;
    return false;
}

// Not read_all(): a service that trickles its reply must not hold a call for longer than a request may take.
Task<std::string> read_reply(HttpBody& body, std::uint64_t max_bytes, Clock& clock, TimePoint deadline) {
    std::string text;
    for (;;) {
        std::optional<Block> block = co_await body.next();
        if (!block) co_return text;
        if (block->size() > max_bytes - text.size())
            throw Error(ErrorKind::corrupt, fmt::format("the reply is longer than {} bytes", max_bytes));
        text += block->view();
        if (clock.now() > deadline) throw Error(ErrorKind::unavailable, "the reply took too long");
    }
}

bool is_json(const ServiceReply& reply) { return reply.body.empty() || nlohmann::json::accept(reply.body); }

Error not_json(const ServiceReply& reply) {
    const std::string begin = escaped(std::string_view(reply.body).substr(0, 80));
    return Error(ErrorKind::unavailable, fmt::format("HTTP {}, but no JSON: {}", reply.status, begin))
        .hint("Is TASKCLUSTER_ROOT_URL the address of a Taskcluster deployment?");
}

nlohmann::json parse_reply(const std::string& body, const std::string& name, std::size_t max_bytes) {
    if (body.empty()) return nlohmann::json::object();
    try {
        return parse_strict_json(body, name, JsonLimits{max_bytes, kMaxDepth});
    } catch (const Error& error) {
        throw Error(ErrorKind::corrupt, error.what());
    }
}

}  // namespace

std::string service_url(const std::string& root, const ServiceCall& call) {
    std::string url = fmt::format("{}/api/{}/v1", root, call.service);
    for (const std::string& segment : call.path) url += "/" + percent_encode(segment);
    char mark = '?';
    for (const auto& [name, value] : call.query) {
        url += fmt::format("{}{}={}", mark, percent_encode(name), percent_encode(value));
        mark = '&';
    }
    return url;
}

TaskclusterClient::TaskclusterClient(HttpClient& http, Retrier retrier, TaskclusterAccess access)
    : http_(http), retrier_(std::move(retrier)), access_(std::move(access)) {
    if (access_.credentials) ext_ = hawk_ext(access_.credentials->certificate, access_.credentials->authorized_scopes);
}

HttpRequest TaskclusterClient::request_for(const ServiceCall& call, int attempt) const {
    HttpRequest request;
    request.method = call.method;
    request.url = service_url(access_.api_root, call);
    request.body = call.body;
    request.max_body_bytes = call.max_reply_bytes;
    request.first_byte_timeout = kRequestPatience;
    request.stall_timeout = kRequestPatience;
    request.fresh_connection = attempt > 1;
    if (!call.body.empty()) request.headers.emplace_back("Content-Type", kJsonType);
    if (!access_.credentials) return request;
    const Result<Url> url = parse_url(request.url);
    if (!url) throw Error(url.error());
    const HawkKey key{access_.credentials->client_id, access_.credentials->access_token, ext_};
    const auto now = std::chrono::system_clock::to_time_t(retrier_.clock.wall() + clock_offset_);
    const std::string hash = call.body.empty() ? "" : hawk_payload_hash(kJsonType, call.body);
    const HawkStamp stamp{now, random_text(6)};
    request.headers.emplace_back("Authorization", hawk_header(key, stamp, call.method, *url, hash));
    return request;
}

// True when the next attempt carries another time: ours was wrong by the server's clock, and not yet corrected.
bool TaskclusterClient::correct_clock(const ServiceFailure& failure, bool& corrected) {
    if (failure.status != 401 || !failure.time || corrected || !access_.credentials) return false;
    const auto offset = std::chrono::duration_cast<std::chrono::seconds>(*failure.time - retrier_.clock.wall());
    if (std::chrono::abs(offset - clock_offset_) <= kTolerableSkew) return false;
    clock_offset_ = offset;
    return corrected = true;
}

Error TaskclusterClient::failed(const ServiceFailure& failure) const {
    Error error = to_error(failure);
    if (failure.message.find("Stale timestamp") == std::string::npos) return error;
    const std::string theirs = failure.time ? to_iso_date(*failure.time) : "nothing";
    return Error(error.kind(), fmt::format("{} (this machine says {}, the server {})", error.what(),
                                           to_iso_date(retrier_.clock.wall()), theirs))
        .hint(error.advice())
        .request(error.request_id());
}

Task<Attempt<ServiceReply>> TaskclusterClient::exchange(const ServiceCall& call, int attempt, bool& clock_corrected,
                                                        std::stop_token stop) {
    for (;;) {
        HttpRequest request = request_for(call, attempt);
        const TimePoint deadline = retrier_.clock.now() + kRequestPatience;
        HttpResponse response = co_await http_.send(std::move(request), stop);
        ServiceReply reply{.status = response.status, .body = {}, .failure = {}};
        reply.body = co_await read_reply(*response.body, call.max_reply_bytes, retrier_.clock, deadline);
        if (is_success(reply.status)) {
            if (!call.json_reply || is_json(reply)) co_return reply;
            Setback setback{not_json(reply)};
            co_return tl::make_unexpected(std::move(setback));
        }
        reply.failure = read_service_failure(reply.status, response.headers, reply.body);
        if (is_wanted(call, reply.status)) co_return reply;
        if (correct_clock(reply.failure, clock_corrected)) continue;
        Error error = failed(reply.failure);
        if (!error.may_heal()) throw error;
        Setback setback{std::move(error), reply.status == 429 ? Fault::throttle : Fault::transient,
                        retry_hint(response.headers)};
        co_return tl::make_unexpected(std::move(setback));
    }
}

Task<ServiceReply> TaskclusterClient::send(ServiceCall call, std::stop_token stop) {
    bool clock_corrected = false;
    std::function<Task<Attempt<ServiceReply>>(int)> operation = [&](int attempt) {
        return exchange(call, attempt, clock_corrected, stop);
    };
    try {
        ServiceReply reply = co_await retry<ServiceReply>(retrier_, operation, stop);
        co_return reply;
    } catch (Error& error) {
        throw std::move(error).during(call_name(call));
    }
}

Task<nlohmann::json> TaskclusterClient::json(ServiceCall call, std::stop_token stop) {
    const std::string name = call_name(call);
    const std::size_t max_bytes = call.max_reply_bytes;
    ServiceReply reply = co_await send(std::move(call), std::move(stop));
    nlohmann::json value = parse_reply(reply.body, name, max_bytes);
    co_return value;
}

std::string TaskclusterClient::signed_url(const ServiceCall& call, std::chrono::seconds ttl) const {
    const std::string text = service_url(access_.root_url.empty() ? access_.api_root : access_.root_url, call);
    if (!access_.credentials) return text;
    const Result<Url> url = parse_url(text);
    if (!url) throw Error(url.error());
    const HawkKey key{access_.credentials->client_id, access_.credentials->access_token, ext_};
    const auto expires = std::chrono::system_clock::to_time_t(retrier_.clock.wall() + clock_offset_ + ttl);
    return hawk_signed_url(key, *url, expires);
}

TaskclusterClient TaskclusterClient::as(TaskclusterCredentials credentials) const {
    if (access_.root_url.empty())
        throw Error(ErrorKind::config, "TASKCLUSTER_ROOT_URL is not set")
            .hint("Workers set it; without it the object service cannot be asked.");
    std::string source = credentials.client_id;
    TaskclusterClient other(
        http_, retrier_,
        TaskclusterAccess{access_.root_url, access_.root_url, std::move(credentials), std::move(source)});
    other.clock_offset_ = clock_offset_;
    return other;
}

}  // namespace af
