#include "engine/curl_http.hpp"

#include "engine/curl/loop.hpp"

#include <asio/post.hpp>
#include <optional>
#include <stop_token>

namespace af {
namespace {

// The token's callback may run on any thread; the transfer is touched on its own executor only.
struct EndOnStop {
    Executor network;
    std::weak_ptr<curl::Loop> loop;
    std::weak_ptr<curl::Transfer> transfer;
    void operator()() const {
        asio::post(network, [loop = loop, transfer = transfer] {
            auto alive = transfer.lock();
            auto running = loop.lock();
            if (!alive || !running) return;
            alive->fail(Error(ErrorKind::cancelled, "stopped"));
            running->drop(*alive);
        });
    }
};

// From the request's start to the end of its body; going out of scope ends the transfer.
class CurlBody final : public HttpBody {
public:
    CurlBody(Executor network, std::shared_ptr<curl::Loop> loop, std::shared_ptr<curl::Transfer> transfer,
             std::stop_token stop)
        : loop_(std::move(loop)), transfer_(std::move(transfer)), on_stop_(stop, EndOnStop{network, loop_, transfer_}) {
        loop_->start(transfer_);
    }
    ~CurlBody() override { loop_->drop(*transfer_); }

    Task<void> reply() {
        while (!transfer_->has_reply() && !transfer_->ended()) co_await transfer_->changed();
        if (!transfer_->has_reply()) throw_error();
    }

    Task<std::optional<Block>> next() override {
        for (;;) {
            if (stopped()) throw_error();
            std::optional<Block> block = transfer_->take_block();
            if (transfer_->wants_resume()) loop_->resume(*transfer_);
            if (block) co_return block;
            if (transfer_->ended()) break;
            co_await transfer_->changed();
        }
        if (transfer_->error()) throw_error();
        co_return std::nullopt;
    }

    bool watch(std::function<void(std::string_view)> see) override {
        transfer_->watch(std::move(see));
        return true;
    }

private:
    bool stopped() const { return transfer_->error() && transfer_->error()->kind() == ErrorKind::cancelled; }
    [[noreturn]] void throw_error() const {
        if (transfer_->error()) throw Error(*transfer_->error());
        throw Error(ErrorKind::unavailable, "the server ended the connection without a reply");
    }

    std::shared_ptr<curl::Loop> loop_;
    std::shared_ptr<curl::Transfer> transfer_;
    std::stop_callback<EndOnStop> on_stop_;
};

void start_libcurl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw Error(ErrorKind::os, "libcurl does not start");
    if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS)) {
        throw Error(ErrorKind::os, "this libcurl looks names up on the calling thread")
            .hint("use a libcurl built with AsynchDNS");
    }
}

}  // namespace

CurlHttp::CurlHttp(Executor network, BlockPool& pool, CurlHttpOptions options)
    : network_(std::move(network)), pool_(pool), options_(std::move(options)) {
    start_libcurl();
    loop_ = std::make_shared<curl::Loop>(network_, options_.kept_connections);
}

CurlHttp::~CurlHttp() {
    // Its sockets and timers belong to the network executor.
    asio::post(network_, [loop = std::move(loop_)]() mutable { loop.reset(); });
}

Task<HttpResponse> CurlHttp::send(HttpRequest request, std::stop_token stop) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "stopped");
    auto transfer = std::make_shared<curl::Transfer>(std::move(request), options_, pool_);
    auto body = std::make_unique<CurlBody>(network_, loop_, transfer, stop);
    co_await body->reply();
    HttpResponse response;
    response.status = transfer->status();
    response.headers = transfer->take_headers();
    response.body = std::move(body);
    co_return response;
}

}  // namespace af
