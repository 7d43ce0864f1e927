// RetryHttp: an HttpClient around an HttpClient that sends again, on a new connection, what may heal: no reply at all,
// 5xx and, as throttling, 429. Any other status is the caller's. For services with plain status semantics; S3, whose
// errors are told apart by a code in the body, judges its replies itself and uses retry() directly.
//
// Errors   unavailable with the last status and the beginning of its body when attempts run out.
// Bodies   a reply's body is passed on as it comes: one that breaks is the caller's to ask for again.
#pragma once

#include "engine/http.hpp"
#include "engine/retry.hpp"

namespace af {

class RetryHttp final : public HttpClient {
public:
    // `inner` and the clock and brake of `with` outlive this.
    RetryHttp(HttpClient& inner, Retrier with) : inner_(inner), with_(std::move(with)) {}

    Task<HttpResponse> send(HttpRequest request, std::stop_token stop) override;

private:
    HttpClient& inner_;
    Retrier with_;
};

// "host:port" of a URL; what an error names of it.
std::string host_of(std::string_view url);

// The wait a reply asks for: x-amz-retry-after (milliseconds) or Retry-After (seconds).
std::optional<Duration> retry_hint(const HttpHeaders& headers);

}  // namespace af
