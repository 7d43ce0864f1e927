#include "engine/retry_http.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMaxQuoted = 200;

// The beginning of a reply's body for an error message; a body that breaks or floods is no news here.
Task<std::string> quoted_body(HttpBody* body) {
    std::string text;
    if (!body) co_return text;
    try {
        std::optional<Block> block = co_await body->next();
        if (block) text = block->view().substr(0, kMaxQuoted);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
    }
    co_return escaped(text);
}

Task<Attempt<HttpResponse>> send_once(HttpClient& inner, HttpRequest request, int attempt, std::stop_token stop) {
    request.fresh_connection = request.fresh_connection || attempt > 1;
    std::string what = request.method + " " + host_of(request.url);
    HttpResponse response = co_await inner.send(std::move(request), stop);
    if (response.status != 429 && response.status < 500) co_return std::move(response);
    const std::string quoted = co_await quoted_body(response.body.get());
    Setback setback{Error(ErrorKind::unavailable, fmt::format("{}: HTTP {}: {}", what, response.status, quoted)),
                    response.status == 429 ? Fault::throttle : Fault::transient, retry_hint(response.headers)};
    co_return tl::make_unexpected(std::move(setback));
}

}  // namespace

Task<HttpResponse> RetryHttp::send(HttpRequest request, std::stop_token stop) {
    auto operation = [this, &request, &stop](int attempt) { return send_once(inner_, request, attempt, stop); };
    HttpResponse response = co_await retry<HttpResponse>(with_, operation, stop);
    co_return response;
}

std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    const auto user = url.rfind('@');
    if (user != std::string_view::npos) url.remove_prefix(user + 1);
    return std::string(url);
}

std::optional<Duration> retry_hint(const HttpHeaders& headers) {
    if (const auto value = find_header(headers, "x-amz-retry-after"))
        return parse_retry_after(*value, std::chrono::milliseconds(1));
    if (const auto value = find_header(headers, "retry-after")) return parse_retry_after(*value);
    return std::nullopt;
}

}  // namespace af
