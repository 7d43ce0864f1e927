// What a Taskcluster service means by a reply that is no success, in one line for people. Pure.
//
// Source   errors.mdx of Taskcluster's API guidelines: {code, message, requestInfo}; a message is Markdown with a
//          trailer behind "---". Proxies and load balancers answer in HTML or plain text, which is as good.
#pragma once

#include "engine/error.hpp"
#include "engine/http.hpp"
#include "stages/s3/aws_keys.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct ServiceFailure {
    int status = 0;
    std::string code;                    // "InsufficientScopes", ...; empty when the body is no error of Taskcluster's
    std::string message;                 // one line, at most 600 bytes, without the trailer
    std::vector<std::string> missing{};  // scopes, "one of (a | b)" for a choice; a long list keeps all
    std::optional<WallTime> time{};      // by the server's clock
    std::string request_id;              // x-for-request-id
};

ServiceFailure read_service_failure(int status, const HttpHeaders& headers, std::string_view body);

// not_found (404, 410, 424), expired (the certificate ran out), refused (401, 403, other 3xx and 4xx), usage (400, 413:
// the request itself is wrong), unavailable (429, 5xx).
Error to_error(const ServiceFailure& failure);

}  // namespace af
