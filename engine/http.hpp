// The HTTP client every stage sees. curl_http is the real one, retry_http wraps another, tests bring their own.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/error.hpp"
#include "engine/task.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace af {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// Value of the first header of that name (any case); nullopt when there is none.
std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
    std::string method = "GET";
    std::string url;      // percent-encoded as it goes on the wire
    HttpHeaders headers;  // a CR, LF or NUL in any of them is refused
    std::string body;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds first_byte_timeout{30'000};
    std::chrono::seconds stall_timeout{30};     // less than 1 KiB/s for this long while we do read: given up
    std::uint64_t max_body_bytes = UINT64_MAX;  // of the response; more ends it with `corrupt`
    bool fresh_connection = false;              // a retry looks the name up again and connects anew
};

// The body of a response, read block by block; nothing more is fetched while nobody reads.
// Threads  used by one coroutine, on the network executor. Destroying it early ends the transfer.
class HttpBody {
public:
    virtual ~HttpBody() = default;
    // nullopt: the body ended and has the length the header promised. Throws Error(unavailable) when it was cut,
    // reset or stalled, Error(corrupt) above max_body_bytes, Error(cancelled) after stop.
    virtual Task<std::optional<Block>> next() = 0;

    // Shows `see` every byte once and in order before next() hands it on: as it comes, while the processor's caches
    // still have it. To be called before next(). An Error that `see` throws ends the body. False: not here; look at
    // what next() hands on.
    virtual bool watch(std::function<void(std::string_view)>) { return false; }
};

struct HttpResponse {
    int status = 0;
    HttpHeaders headers;
    std::unique_ptr<HttpBody> body;
};

// Threads  send() is called on the network executor.
class HttpClient {
public:
    virtual ~HttpClient() = default;
    // Any status is a response, redirects included: they are never followed here (faults.md: curl sends
    // X-Amz-Security-Token on to the other host). Throws Error: unavailable (DNS, connect, reset, timeout), refused
    // (TLS, protocol), cancelled.
    virtual Task<HttpResponse> send(HttpRequest request, std::stop_token stop) = 0;
};

// The rest of a body as text; Error(corrupt) above `max_bytes`.
Task<std::string> read_all(HttpBody& body, std::size_t max_bytes);

}  // namespace af
