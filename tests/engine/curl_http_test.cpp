#include "engine/curl_http.hpp"

#include "engine/clock.hpp"
#include "engine/join.hpp"
#include "engine/runtime.hpp"
#include "engine/unique_fd.hpp"
#include "tests/support/raw_server.hpp"
#include "tests/support/run_task.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <future>

using namespace af;
using namespace std::chrono_literals;
using test::RawServer;
using test::run_task;
using Catch::Contains;

namespace {

struct Fetched {
    int status = 0;
    HttpHeaders headers;
    std::string body;
    std::size_t blocks = 0;
};

Task<Fetched> fetch_whole(HttpClient& http, HttpRequest request, std::stop_token stop) {
    HttpResponse response = co_await http.send(std::move(request), stop);
    Fetched fetched{response.status, std::move(response.headers), {}, 0};
    for (;;) {
        std::optional<Block> block = co_await response.body->next();
        if (!block) co_return fetched;
        fetched.body += block->view();
        ++fetched.blocks;
    }
}

Task<void> fetch_into(HttpClient& http, HttpRequest request, Fetched& fetched) {
    fetched = co_await fetch_whole(http, std::move(request), {});
}

struct Client {
    explicit Client(CurlHttpOptions options = {}) : http(loop.get_executor(), pool, options) {}

    Fetched get(HttpRequest request, std::stop_token stop = {}) {
        return run_task(loop, fetch_whole(http, std::move(request), stop));
    }
    Fetched get(std::string url) { return get(asking(std::move(url))); }
    static HttpRequest asking(std::string url) {
        HttpRequest request;
        request.url = std::move(url);
        return request;
    }
    Error error(HttpRequest request, std::stop_token stop = {}) {
        try {
            get(std::move(request), stop);
        } catch (const Error& error) {
            return error;
        }
        return Error(ErrorKind::bug, "gave no error");
    }
    Error error(std::string url) { return error(asking(std::move(url))); }

    asio::io_context loop{1};
    BlockPool pool{256 << 10};
    CurlHttp http;
};

std::string ok(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string numbered(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + '\n';
    text.resize(bytes);
    return text;
}

// Answers every request of a connection with `reply`.
std::function<void(RawServer::Peer&)> always(std::string reply) {
    return [reply = std::move(reply)](RawServer::Peer& peer) {
        while (!peer.request().empty()) peer.say(reply);
    };
}

// Answers one request with `reply` and closes.
std::function<void(RawServer::Peer&)> once(std::string reply) {
    return [reply = std::move(reply)](RawServer::Peer& peer) {
        peer.request();
        peer.say(reply);
    };
}

}  // namespace

TEST_CASE("a body comes whole, in blocks, with its headers", "[curl]") {
    const std::string body = numbered(1'000'000);
    RawServer server(always("HTTP/1.1 200 OK\r\nETag:  \"x\" \r\nContent-Length: 1000000\r\n\r\n" + body));
    Client client;
    const Fetched fetched = client.get(server.url());
    CHECK(fetched.status == 200);
    CHECK(find_header(fetched.headers, "etag") == "\"x\"");
    CHECK(fetched.body == body);
    CHECK(fetched.blocks == 4);
}

TEST_CASE("an empty body, a 204 and a HEAD have no blocks", "[curl]") {
    RawServer server([](RawServer::Peer& peer) {
        peer.request();
        peer.say(ok(""));
        peer.request();
        peer.say("HTTP/1.1 204 No Content\r\n\r\n");
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
        peer.wait_until_client_leaves();
    });
    Client client;
    CHECK(client.get(server.url()).blocks == 0);
    CHECK(client.get(server.url()).status == 204);
    HttpRequest head = Client::asking(server.url());
    head.method = "HEAD";
    const Fetched fetched = client.get(std::move(head));
    CHECK(find_header(fetched.headers, "content-length") == "99");
    CHECK(fetched.body.empty());
    CHECK(server.connections() == 1);
}

TEST_CASE("a chunked body is joined, and one without its last chunk is unavailable", "[curl]") {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n";
    RawServer whole(always(head + "0\r\nTrailer: x\r\n\r\n"));
    RawServer cut(once(head));
    Client client;
    const Fetched fetched = client.get(whole.url());
    CHECK(fetched.body == "abcde");
    CHECK_FALSE(find_header(fetched.headers, "trailer"));
    CHECK(client.error(cut.url()).kind() == ErrorKind::unavailable);
}

TEST_CASE("a body shorter than its length is unavailable, wherever it is cut", "[curl]") {
    for (const std::size_t given : {std::size_t{0}, std::size_t{1}, std::size_t{500'000}, std::size_t{999'999}}) {
        RawServer server(once("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + numbered(given)));
        Client client;
        const Error error = client.error(server.url("/k?X-Amz-Signature=secret"));
        CHECK(error.kind() == ErrorKind::unavailable);
        CHECK_THAT(error.what(), Contains("GET 127.0.0.1:" + std::to_string(server.port())) && Contains("(curl 18)") &&
                                     Contains(std::to_string(given) + " bytes") && !Contains("secret"));
    }
}

TEST_CASE("a reset in the middle of a body is unavailable", "[curl]") {
    RawServer server([](RawServer::Peer& peer) {
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc");
        peer.reset();
    });
    Client client;
    CHECK(client.error(server.url()).kind() == ErrorKind::unavailable);
}

TEST_CASE("a server that hangs up without a reply, or is not there at all, is unavailable", "[curl]") {
    RawServer server([](RawServer::Peer& peer) { peer.request(); });
    Client client;
    CHECK_THAT(client.error(server.url()).what(), Contains("wait for the reply"));
    CHECK(client.error(server.url()).kind() == ErrorKind::unavailable);
    const Error error = client.error("http://127.0.0.1:1/");
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK_THAT(error.what(), Contains("connect:"));
}

namespace {

// Listens, and takes no connection: its queue is full of those of its own.
class FullServer {
public:
    FullServer() {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address_;
        ::bind(listening_.get(), address(), size);
        ::listen(listening_.get(), 0);
        ::getsockname(listening_.get(), address(), &size);
        for (const UniqueFd& descriptor : queued_) ::connect(descriptor.get(), address(), size);
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/"; }

private:
    static UniqueFd new_socket() { return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }
    sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }

    sockaddr_in address_{};
    UniqueFd listening_ = new_socket();
    std::array<UniqueFd, 3> queued_{new_socket(), new_socket(), new_socket()};
};

}  // namespace

TEST_CASE("a server that takes no connection is unavailable after the connect timeout, whatever others wait for",
          "[curl]") {
    FullServer full;
    FullServer also_full;
    RawServer healthy(always(ok("fine")));
    Client client;
    client.get(healthy.url());
    HttpRequest patient = Client::asking(full.url());
    patient.connect_timeout = 1200ms;
    HttpRequest hasty = Client::asking(also_full.url());
    hasty.connect_timeout = 300ms;
    const std::string which = hasty.url.substr(7, hasty.url.size() - 8);
    Fetched never;
    std::vector<Task<void>> tasks;
    tasks.push_back(fetch_into(client.http, std::move(patient), never));
    tasks.push_back(fetch_into(client.http, std::move(hasty), never));
    try {
        run_task(client.loop, join(std::move(tasks)));
        FAIL("gave no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::unavailable);
        CHECK_THAT(error.what(), Contains(which + ": connect:") && Contains("Timeout"));
    }
    CHECK(client.get(healthy.url()).body == "fine");
}

TEST_CASE("a name that does not exist is unavailable", "[curl]") {
    Client client;
    HttpRequest request = Client::asking("http://no-such-host.invalid/");
    request.connect_timeout = 5s;
    CHECK(client.error(std::move(request)).kind() == ErrorKind::unavailable);
}

TEST_CASE("a redirect is a reply like any other", "[curl]") {
    RawServer server(
        always("HTTP/1.1 307 Temporary Redirect\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"));
    Client client;
    const Fetched fetched = client.get(server.url());
    CHECK(fetched.status == 307);
    CHECK(find_header(fetched.headers, "location") == "file:///etc/passwd");
    CHECK(server.connections() == 1);
}

TEST_CASE("requests one after the other use one connection, a fresh one when asked", "[curl]") {
    RawServer server(always(ok("x")));
    Client client;
    for (int i = 0; i < 5; ++i) client.get(server.url());
    CHECK(server.connections() == 1);
    HttpRequest request = Client::asking(server.url());
    request.fresh_connection = true;
    client.get(std::move(request));
    CHECK(server.connections() == 2);
}

TEST_CASE("128 requests run side by side", "[curl]") {
    std::atomic<int> waiting = 0;
    std::promise<void> all_here;
    const std::shared_future<void> go = all_here.get_future().share();
    RawServer server([&, go](RawServer::Peer& peer) {
        peer.request();
        if (++waiting == 128) all_here.set_value();
        go.wait_for(60s);
        peer.say(ok("here"));
    });
    Client client;
    std::vector<Fetched> fetched(128);
    std::vector<Task<void>> tasks;
    for (Fetched& one : fetched) {
        HttpRequest request = Client::asking(server.url());
        tasks.push_back(fetch_into(client.http, std::move(request), one));
    }
    run_task(client.loop, join(std::move(tasks)));
    for (const Fetched& one : fetched) CHECK(one.body == "here");
}

TEST_CASE("the body of a PUT or POST arrives as given, without an Expect", "[curl]") {
    const std::string body = numbered(3'000'000);
    std::string header;
    std::string arrived;
    RawServer server([&](RawServer::Peer& peer) {
        header = peer.request();
        arrived = peer.body(body.size());
        peer.say(ok("stored"));
        peer.wait_until_client_leaves();
    });
    Client client;
    HttpRequest request = Client::asking(server.url("/a/../b%20c"));
    request.method = GENERATE(as<std::string>{}, "PUT", "POST");
    request.headers = {{"X-Amz-Date", "now"}, {"X-Empty", ""}};
    request.body = body;
    const std::string method = request.method;
    CHECK(client.get(std::move(request)).body == "stored");
    CHECK(arrived == body);
    CHECK_THAT(header, Contains(method + " /a/../b%20c HTTP/1.1\r\n") && Contains("Content-Length: 3000000\r\n") &&
                           Contains("X-Amz-Date: now\r\n") && Contains("X-Empty:") && !Contains("Expect") &&
                           !Contains("Accept-Encoding") && !Contains("Transfer-Encoding"));
}

TEST_CASE("a POST without a body says so", "[curl]") {
    std::string header;
    RawServer server([&](RawServer::Peer& peer) {
        header = peer.request();
        peer.say(ok(""));
        peer.wait_until_client_leaves();
    });
    Client client;
    HttpRequest request = Client::asking(server.url());
    request.method = "POST";
    client.get(std::move(request));
    CHECK_THAT(header, Contains("POST / HTTP/1.1\r\n") && Contains("Content-Length: 0\r\n"));
}

TEST_CASE("a line break in a request is refused before it is sent", "[curl]") {
    RawServer server(always(ok("")));
    Client client;
    HttpRequest header = Client::asking(server.url());
    header.headers = {{"X", GENERATE(as<std::string>{}, "a\r\nHost: evil", "a\nb", std::string("a\0b", 3))}};
    HttpRequest name = Client::asking(server.url());
    name.headers = {{"X: y\r\nZ", "1"}};
    HttpRequest url = Client::asking(server.url("/a\r\nX: y"));
    HttpRequest method = Client::asking(server.url());
    method.method = "GET /x HTTP/1.1\r\n";
    for (HttpRequest* request : {&header, &name, &url, &method})
        CHECK(client.error(*request).kind() == ErrorKind::refused);
    CHECK(server.connections() == 0);
}

TEST_CASE("only http and https are spoken, and no credentials in a URL", "[curl]") {
    Client client;
    for (const char* url : {"file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/"}) {
        CHECK(client.error(url).kind() == ErrorKind::refused);
    }
    CHECK(client.error("http://user:word@127.0.0.1:1/").kind() != ErrorKind::bug);
    CHECK_THAT(client.error("http://user:word@127.0.0.1:1/").what(), !Contains("word"));
}

TEST_CASE("a reply that is no HTTP is refused", "[curl]") {
    RawServer server(once("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    Client client;
    CHECK(client.error(server.url()).kind() == ErrorKind::refused);
}

TEST_CASE("TLS with a server that speaks none is refused, with advice", "[curl]") {
    RawServer server([](RawServer::Peer& peer) {
        peer.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        peer.wait_until_client_leaves();
    });
    Client client;
    const Error error = client.error("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    CHECK(error.kind() == ErrorKind::refused);
    CHECK_THAT(error.advice(), Contains("SSL_CERT_FILE"));
}

TEST_CASE("an endless body ends at max_body_bytes as corrupt", "[curl]") {
    RawServer server([](RawServer::Peer& peer) {
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\n\r\n");
        const std::string part(100'000, 'x');
        while (peer.say(part)) {}
    });
    Client client;
    HttpRequest request = Client::asking(server.url());
    request.max_body_bytes = 10'000'000;
    CHECK(client.error(std::move(request)).kind() == ErrorKind::corrupt);
    CHECK(client.pool.peak_bytes() <= 5 * (256 << 10));
}

TEST_CASE("a body of exactly max_body_bytes is fine", "[curl]") {
    RawServer server(always(ok("12345")));
    Client client;
    HttpRequest request = Client::asking(server.url());
    request.max_body_bytes = 5;
    CHECK(client.get(std::move(request)).body == "12345");
}

TEST_CASE("endless headers end as corrupt, also when each is small or an interim reply", "[curl]") {
    const std::string line =
        GENERATE(as<std::string>{}, "X-Header: some value\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n");
    RawServer server([&](RawServer::Peer& peer) {
        peer.request();
        if (line[0] == 'X') peer.say("HTTP/1.1 200 OK\r\n");
        while (peer.say(line)) {}
    });
    Client client;
    CHECK(client.error(server.url()).kind() == ErrorKind::corrupt);
}

TEST_CASE("a server that accepts and never answers is unavailable after the first byte timeout", "[curl]") {
    RawServer server([](RawServer::Peer& peer) { peer.wait_until_client_leaves(); });
    Client client;
    HttpRequest request = Client::asking(server.url());
    request.first_byte_timeout = 100ms;
    const Error error = client.error(std::move(request));
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK_THAT(error.what(), Contains("no reply within 100 ms"));
}

TEST_CASE("a body that stalls is unavailable, and its neighbour goes on", "[curl]") {
    RawServer stalling([](RawServer::Peer& peer) {
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        peer.say(numbered(1500));
        peer.wait_until_client_leaves();
    });
    RawServer healthy(always(ok("fine")));
    Client client;
    HttpRequest request = Client::asking(stalling.url());
    request.stall_timeout = 1s;
    Fetched neighbour;
    std::vector<Task<void>> tasks;
    HttpRequest to_neighbour = Client::asking(healthy.url());
    Fetched never;
    tasks.push_back(fetch_into(client.http, std::move(request), never));
    tasks.push_back(fetch_into(client.http, std::move(to_neighbour), neighbour));
    try {
        run_task(client.loop, join(std::move(tasks)));
        FAIL("gave no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::unavailable);
        CHECK_THAT(error.what(), Contains("stalled"));
    }
    CHECK(neighbour.body == "fine");
}

namespace {

// Reads one block, rests for longer than the stall timeout, reads on.
Task<std::size_t> read_slowly(HttpClient& http, HttpRequest request, Clock& clock, Duration rest, std::size_t& peak,
                              BlockPool& pool) {
    HttpResponse response = co_await http.send(std::move(request), {});
    std::optional<Block> block = co_await response.body->next();
    std::size_t bytes = block->size();
    co_await clock.sleep(rest, {});
    peak = pool.peak_bytes();
    while (block) {
        block = co_await response.body->next();
        if (block) bytes += block->size();
    }
    co_return bytes;
}

}  // namespace

TEST_CASE("a reader that rests holds few blocks and is no stall", "[curl]") {
    const std::string body = numbered(20'000'000);
    RawServer server(always(ok(body)));
    Client client;
    RealClock clock;
    HttpRequest request = Client::asking(server.url());
    request.stall_timeout = 3s;
    std::size_t peak = 0;
    const Duration rest = 3600ms;
    CHECK(run_task(client.loop, read_slowly(client.http, std::move(request), clock, rest, peak, client.pool)) ==
          body.size());
    CHECK(peak <= 4 * (256 << 10));
}

namespace {

// What a watched body showed by the time it had handed on as much as `body`.
struct Watched {
    std::string shown, body;
    bool shown_first = true;  // each block, before it was handed on
};

Task<void> watch_whole(HttpClient& http, HttpRequest request, Watched& watched) {
    HttpResponse response = co_await http.send(std::move(request), {});
    REQUIRE(response.body->watch([&watched](std::string_view bytes) { watched.shown += bytes; }));
    for (;;) {
        std::optional<Block> block = co_await response.body->next();
        if (!block) co_return;
        watched.body += block->view();
        watched.shown_first = watched.shown_first && watched.shown.size() >= watched.body.size();
    }
}

}  // namespace

TEST_CASE("who watches a body is shown all of it once and in order, before it is handed on", "[curl]") {
    // A short body comes with its headers, before it can be watched.
    const std::size_t bytes = GENERATE(0u, 1u, 100'000u, 1'000'000u);
    const std::string body = numbered(bytes);
    RawServer server(always(ok(body)));
    Client client;
    Watched watched;
    run_task(client.loop, watch_whole(client.http, Client::asking(server.url()), watched));
    CHECK(watched.body == body);
    CHECK(watched.shown == body);
    CHECK(watched.shown_first);
}

TEST_CASE("a watched body that breaks has handed on all that it showed", "[curl]") {
    RawServer server([](RawServer::Peer& peer) {
        peer.request();
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + numbered(700'000));
    });
    Client client;
    Watched watched;
    CHECK_THROWS_AS(run_task(client.loop, watch_whole(client.http, Client::asking(server.url()), watched)), Error);
    CHECK(watched.shown == watched.body);
    CHECK(watched.body == numbered(700'000));
}

TEST_CASE("stop ends a request in any phase at once, as cancelled", "[curl]") {
    std::stop_source stop;
    const bool answers = GENERATE(false, true);
    RawServer server([&](RawServer::Peer& peer) {
        peer.request();
        if (answers) peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        stop.request_stop();
        peer.wait_until_client_leaves();
    });
    Client client;
    HttpRequest request = Client::asking(server.url());
    CHECK(client.error(request, stop.get_token()).kind() == ErrorKind::cancelled);
    CHECK(client.error(request, stop.get_token()).kind() == ErrorKind::cancelled);
    CHECK(server.connections() == 1);
}

TEST_CASE("a proxy of the environment is used only when asked for", "[curl]") {
    RawServer proxy(always(ok("by proxy")));
    RawServer server(always(ok("direct")));
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    ::setenv("no_proxy", "", 1);
    Client plain;
    CHECK(plain.get(server.url()).body == "direct");
    Client asking({.ca_file = {}, .proxy = {}, .proxy_from_environment = true});
    CHECK(asking.get(server.url()).body == "by proxy");
    Client named({.ca_file = {}, .proxy = proxy.url()});
    CHECK(named.get(server.url()).body == "by proxy");
    ::unsetenv("http_proxy");
    ::unsetenv("no_proxy");
}

TEST_CASE("a client that goes while its loop runs closes its connections there", "[curl]") {
    RawServer server(always(ok("x")));
    Runtime rt(1);
    BlockPool pool(256 << 10);
    {
        CurlHttp http(rt.net().executor, pool);
        HttpRequest request = Client::asking(server.url());
        CHECK(rt.block_on(fetch_whole(http, std::move(request), {})).body == "x");
    }
}
