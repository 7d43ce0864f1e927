// What a refused S3 request means: whether trying again can help, and what a person reads if it does not. Pure.
//
// Source   S3 API reference, "Error responses"; the code is judged before the status (faults R1, F12, F15, F17, F18).
#pragma once

#include "engine/error.hpp"
#include "engine/http.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace af {

// Of the first header of that name; empty when there is none.
std::string header_text(const HttpHeaders& headers, std::string_view name);

struct S3Failure {
    int status = 0;
    std::string code;        // <Code> of the body; empty when the body says nothing (HEAD, HTML, a proxy)
    std::string message;     // <Message>, at most 500 bytes
    std::string region;      // the bucket's own: x-amz-bucket-region or <Region>
    std::string location;    // of a redirect
    std::string request_id;  // x-amz-request-id
    std::optional<std::uint64_t> object_size{};  // of a 416: how long the object is
};

enum class S3Verdict {
    transient,            // again, soon
    throttled,            // again, slower
    clock_skew,           // again with the server's time
    refresh_credentials,  // again with new credentials, if there are any
    redirect,             // again, signed for the bucket's region
    never,
};

// Status and headers of a reply; read_error_body() adds what its body says.
S3Failure failure_of(const HttpResponse& response);

S3Verdict classify(const S3Failure& failure);

// not_found (404, 410), expired (the verdict says so), corrupt (412: changed under us, 416), unavailable (verdict
// transient, throttled or clock_skew; other 5xx), refused (the rest of 3xx and 4xx). Carries the request id and a hint.
Error to_error(const S3Failure& failure, std::string_view object);

}  // namespace af
