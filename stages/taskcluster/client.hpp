// TaskclusterClient: calls to the Taskcluster services, signed with Hawk or, inside a task, left to the task's proxy.
//
// Again    5xx, 429, no reply and a success that is no JSON are tried again as the retrier says (service_policy(): 5
//          times). Every attempt sends the same bytes, signed anew, so createTask may be repeated. Once for each call:
//          with the server's time, when a 401 shows that our clock is off by more than a minute; the offset is
//          remembered.
// Errors   see to_error(ServiceFailure); unavailable, cancelled. A redirect is refused: services do not redirect.
// Threads  the network executor; `http` and what `retrier` refers to outlive the client.
// Source   rows R2 and F16 of the fault matrix; the Taskcluster manual, "Guidelines for API clients".
#pragma once

#include "engine/http.hpp"
#include "engine/retry.hpp"
#include "stages/taskcluster/access.hpp"
#include "stages/taskcluster/service_failure.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace af {

struct ServiceCall {
    std::string service;  // "queue"
    std::string name;     // for messages: "createTask"
    std::string method = "GET";
    std::vector<std::string> path{};  // below /api/<service>/v1/; each is percent-encoded as one segment
    std::vector<std::pair<std::string, std::string>> query{};
    std::string body{};         // JSON; empty: none. The same bytes with every attempt
    std::vector<int> wanted{};  // statuses besides 2xx that are a reply, not an Error
    std::uint64_t max_reply_bytes = std::uint64_t{64} << 20;
    bool json_reply = true;  // false: a success may say anything (notify says "OK")
};

struct ServiceReply {
    int status = 200;
    std::string body;        // JSON when the status is 2xx and the call wants it; may be empty
    ServiceFailure failure;  // what it means when the status is not 2xx
};

class TaskclusterClient {
public:
    TaskclusterClient(HttpClient& http, Retrier retrier, TaskclusterAccess access);

    // A success, or one of the wanted statuses.
    Task<ServiceReply> send(ServiceCall call, std::stop_token stop);
    // The JSON of a success; nested at most 64 deep.
    Task<nlohmann::json> json(ServiceCall call, std::stop_token stop);

    // A URL that lets whoever has it make this GET until `ttl` from now. Unsigned without credentials.
    std::string signed_url(const ServiceCall& call, std::chrono::seconds ttl) const;

    // The same deployment, asked as somebody else and not through the proxy. Throws Error(config) when the root URL is
    // unknown.
    TaskclusterClient as(TaskclusterCredentials credentials) const;

    const TaskclusterAccess& access() const noexcept { return access_; }
    // The server's clock minus ours, as far as a refused call has shown it; 0 until then.
    std::chrono::seconds clock_offset() const noexcept { return clock_offset_; }

private:
    Task<Attempt<ServiceReply>> exchange(const ServiceCall& call, int attempt, bool& clock_corrected,
                                         std::stop_token stop);
    HttpRequest request_for(const ServiceCall& call, int attempt) const;
    bool correct_clock(const ServiceFailure& failure, bool& corrected);
    Error failed(const ServiceFailure& failure) const;

    HttpClient& http_;
    Retrier retrier_;
    TaskclusterAccess access_;
    std::string ext_;
    std::chrono::seconds clock_offset_{0};  // the server's clock minus ours
};

// <root>/api/<service>/v1/<path>?<query>
std::string service_url(const std::string& root, const ServiceCall& call);

}  // namespace af
