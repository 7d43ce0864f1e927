// CurlHttp: the HttpClient over libcurl's multi socket interface on an Asio loop. HTTP/1.1, connections kept and
// reused.
//
// Bodies   read in blocks of `pool`; when the reader lags by two of them the transfer pauses, so a transfer holds at
//          most four blocks and libcurl's own buffer (512 KiB).
// Never    redirects, cookies, netrc, decompression, HTTP/0.9, unverified TLS, credentials in a URL.
// Errors   unavailable: name lookup, connect, reset, truncation, stall. refused: TLS, protocol, header injection.
//          corrupt: more than max_body_bytes, headers above 256 KiB. Messages name method, host and phase: never a
//          header or query.
// Threads  send() and bodies on the network executor only; built and destroyed anywhere while no request is in flight.
//          Names are looked up on threads of libcurl's own (this needs a libcurl with AsynchDNS: checked by the
//          constructor).
// Ends     `pool` outlives every request. What is still open when the client goes is closed by the network executor.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/http.hpp"

#include <memory>
#include <string>

namespace af {

struct CurlHttpOptions {
    std::string ca_file;                  // certificates that are trusted (SSL_CERT_FILE); empty: the system's
    std::string proxy;                    // URL of a proxy; empty: none
    bool proxy_from_environment = false;  // http_proxy, https_proxy, no_proxy
    unsigned kept_connections = 256;      // idle ones that are kept
};

namespace curl {
class Loop;
}

class CurlHttp final : public HttpClient {
public:
    CurlHttp(Executor network, BlockPool& pool, CurlHttpOptions options = {});
    ~CurlHttp() override;
    CurlHttp(const CurlHttp&) = delete;
    CurlHttp& operator=(const CurlHttp&) = delete;

    Task<HttpResponse> send(HttpRequest request, std::stop_token stop) override;

private:
    Executor network_;
    BlockPool& pool_;
    const CurlHttpOptions options_;
    std::shared_ptr<curl::Loop> loop_;
};

}  // namespace af
