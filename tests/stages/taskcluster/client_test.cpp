#include "stages/taskcluster/client.hpp"

#include "stages/taskcluster/ids.hpp"
#include "tests/stages/taskcluster/client_bench.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

using namespace af;
using test::FakeHttp;
using test::run_task;

namespace {

using Reply = FakeHttp::Reply;

TaskclusterAccess outside() {
    return {"https://tc.example.com", "https://tc.example.com", TaskclusterCredentials{"me", "token"}, "test"};
}
TaskclusterAccess inside() {
    return {"http://taskcluster", "https://tc.example.com", std::nullopt, "the task's proxy"};
}

struct Bench : test::ClientBench {
    explicit Bench(std::vector<Reply> script, TaskclusterAccess access = outside())
        : ClientBench(std::move(script), std::move(access)) {}

    nlohmann::json json(ServiceCall call) { return run_task(client.json(std::move(call), {})); }
    Error error(ServiceCall call) { return test::error_of(client.json(std::move(call), {})); }
    std::string sent(std::size_t request, std::string_view header) const {
        return std::string(find_header(http.asked.at(request).headers, header).value_or(""));
    }
};

ServiceCall ping() { return {.service = "queue", .name = "ping", .path = {"ping"}}; }
ServiceCall create(std::string body) {
    return {.service = "queue", .name = "createTask", .method = "PUT", .path = {"task", "T"}, .body = std::move(body)};
}

std::string attribute(const std::string& header, const std::string& name) {
    const auto begin = header.find(name + "=\"");
    if (begin == header.npos) return "";
    const auto value = begin + name.size() + 2;
    return header.substr(value, header.find('"', value) - value);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

std::string auth_failed(std::string message) {
    return R"({"code":"AuthenticationFailed","message":")" + message + R"("})";
}

constexpr const char* kServerTime = "Tue, 14 Nov 2023 23:33:20 GMT";  // 20 minutes after the stepped clock's first

}  // namespace

TEST_CASE("A call goes to the service below the root URL, signed", "[taskcluster][client]") {
    Bench bench({{.body = R"({"alive":true})"}});
    CHECK(bench.json(ping())["alive"] == true);
    CHECK(bench.http.asked[0].url == "https://tc.example.com/api/queue/v1/ping");
    CHECK(bench.http.asked[0].method == "GET");
    CHECK(bench.sent(0, "authorization").starts_with("Hawk id=\"me\", ts=\"1700003600\", nonce=\""));
    CHECK(attribute(bench.sent(0, "authorization"), "hash").empty());
    CHECK(bench.sent(0, "content-type").empty());
}

TEST_CASE("Inside a task calls go to the proxy and carry no credentials", "[taskcluster][client]") {
    Bench bench({{.body = "{}"}}, inside());
    bench.json(ping());
    CHECK(bench.http.asked[0].url == "http://taskcluster/api/queue/v1/ping");
    CHECK(bench.sent(0, "authorization").empty());
}

TEST_CASE("Segments and queries are percent-encoded as a whole", "[taskcluster][client]") {
    Bench bench({{.body = "{}"}});
    bench.json({.service = "queue",
                .name = "x",
                .path = {"task", "public/dir x/a+b&c=d?#%.txt"},
                .query = {{"continuationToken", "a=/+"}}});
    CHECK(bench.http.asked[0].url ==
          "https://tc.example.com/api/queue/v1/task/"
          "public%2Fdir%20x%2Fa%2Bb%26c%3Dd%3F%23%25.txt?continuationToken=a%3D%2F%2B");
}

TEST_CASE("What may heal is sent again five times, the same bytes signed anew", "[taskcluster][client]") {
    Bench bench({{.status = 500, .body = "{}"},
                 {.status = 502, .body = "<html>"},
                 {.error = Error(ErrorKind::unavailable, "reset")},
                 {.status = 429},
                 {.body = "{}", .body_breaks = Error(ErrorKind::unavailable, "cut")},
                 {.body = R"({"status":{}})"}});
    bench.json(create(R"({"b": 1, "a":2})"));
    REQUIRE(bench.http.asked.size() == 6);
    std::set<std::string> nonces, times;
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(bench.http.asked[i].body == R"({"b": 1, "a":2})");
        CHECK(bench.sent(i, "content-type") == "application/json");
        CHECK_FALSE(attribute(bench.sent(i, "authorization"), "hash").empty());
        nonces.insert(attribute(bench.sent(i, "authorization"), "nonce"));
        times.insert(attribute(bench.sent(i, "authorization"), "ts"));
        CHECK(bench.http.asked[i].fresh_connection == (i > 0));
    }
    CHECK(nonces.size() == 6);
    CHECK(times.size() > 1);
    using std::chrono::milliseconds;  // 100 ms x 2^n, jittered by +-25 %, of which 0.5 is the middle
    CHECK(bench.clock.sleeps() == std::vector<Duration>{milliseconds(100), milliseconds(200), milliseconds(400),
                                                        milliseconds(100), milliseconds(800)});
}

TEST_CASE("A service that stays down is given up after the sixth attempt", "[taskcluster][client]") {
    Bench bench({}, inside());
    bench.http.answer = [](const HttpRequest&) { return Reply{.status = 503, .headers = {{"x-for-request-id", "R"}}}; };
    const Error error = bench.error(ping());
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(error.attempts() == 6);
    CHECK(error.request_id() == "R");
    CHECK(std::string(error.what()) == "queue ping: HTTP 503");
    CHECK(bench.http.asked.size() == 6);
}

TEST_CASE("What is wrong with the request is said at once", "[taskcluster][client]") {
    struct Case {
        int status;
        ErrorKind kind;
    };
    for (const Case& c : {Case{400, ErrorKind::usage}, Case{401, ErrorKind::refused}, Case{403, ErrorKind::refused},
                          Case{404, ErrorKind::not_found}, Case{409, ErrorKind::refused},
                          Case{424, ErrorKind::not_found}, Case{303, ErrorKind::refused}}) {
        INFO(c.status);
        Bench bench({{.status = c.status,
                      .body = R"({"code":"C","message":"why"})",
                      .headers = {{"Location", "https://elsewhere/"}}}});
        const Error error = bench.error(ping());
        CHECK(error.kind() == c.kind);
        CHECK(has(error.what(), "queue ping: HTTP " + std::to_string(c.status) + " C: why"));
        CHECK(bench.http.asked.size() == 1);
    }
}

TEST_CASE("A wanted status is a reply", "[taskcluster][client]") {
    Bench bench({{.status = 409, .body = R"({"code":"RequestConflict","message":"taken"})"}});
    ServiceCall call = create("{}");
    call.wanted = {409};
    const ServiceReply reply = run_task(bench.client.send(std::move(call), {}));
    CHECK(reply.status == 409);
    CHECK(reply.failure.message == "taken");
}

TEST_CASE("A success that is no JSON is asked for again", "[taskcluster][client]") {
    Bench bench({{.body = "<html>please sign in to the wifi</html>"}, {.body = R"({"a":1})"}});
    CHECK(bench.json(ping())["a"] == 1);
    Bench portal({});
    portal.http.answer = [](const HttpRequest&) { return Reply{.body = "<html>"}; };
    const Error error = portal.error(ping());
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(has(error.what(), "queue ping: HTTP 200, but no JSON: <html>"));
    Bench empty({Reply{.status = 204}});
    CHECK(empty.json(ping()).is_object());
}

TEST_CASE("A reply that is too deep or too long is corrupt", "[taskcluster][client]") {
    Bench deep({{.body = std::string(65, '[') + std::string(65, ']')}});
    CHECK(deep.error(ping()).kind() == ErrorKind::corrupt);
    Bench fits({{.body = std::string(64, '[') + std::string(64, ']')}});
    CHECK_NOTHROW(fits.json(ping()));
    Bench lengthy({{.body = "\"" + std::string(200, 'x') + "\""}});
    ServiceCall call = ping();
    call.max_reply_bytes = 100;
    CHECK(lengthy.error(std::move(call)).kind() == ErrorKind::corrupt);
}

TEST_CASE("A wrong clock is corrected once by the server's Date and remembered", "[taskcluster][client]") {
    Bench bench(
        {{.status = 401, .body = auth_failed("Unauthorized: Stale timestamp"), .headers = {{"Date", kServerTime}}},
         {.body = "{}"},
         {.body = "{}"}});
    bench.json(ping());
    CHECK(attribute(bench.sent(0, "authorization"), "ts") == "1700003600");
    CHECK(attribute(bench.sent(1, "authorization"), "ts") == "1700004800");
    CHECK(bench.clock.sleeps().empty());
    bench.json(ping());
    CHECK(attribute(bench.sent(2, "authorization"), "ts") == "1700004800");
}

TEST_CASE("A clock that the server still does not like is an error with both times", "[taskcluster][client]") {
    Bench bench({});
    bench.http.answer = [](const HttpRequest&) {
        return Reply{
            .status = 401, .body = auth_failed("Unauthorized: Stale timestamp"), .headers = {{"Date", kServerTime}}};
    };
    const Error error = bench.error(ping());
    CHECK(error.kind() == ErrorKind::refused);
    CHECK(bench.http.asked.size() == 2);
    CHECK(has(error.what(), "this machine says 2023-11-14T23:13:20Z, the server 2023-11-14T23:33:20Z"));
    CHECK(has(error.advice(), "clock"));
}

TEST_CASE("A 401 with the right time is not tried again", "[taskcluster][client]") {
    Bench bench({{.status = 401,
                  .body = auth_failed("Unauthorized: Bad mac"),
                  .headers = {{"Date", "Tue, 14 Nov 2023 23:13:50 GMT"}}}});
    CHECK(bench.error(ping()).kind() == ErrorKind::refused);
    CHECK(bench.http.asked.size() == 1);
}

TEST_CASE("A stop ends a call between two attempts", "[taskcluster][client]") {
    Bench bench({Reply{.status = 500}});
    std::stop_source source;
    bench.http.answer = [](const HttpRequest&) { return Reply{.body = "{}"}; };
    source.request_stop();
    CHECK_THROWS_AS(run_task(bench.client.json(ping(), source.get_token())), Error);
    CHECK(bench.http.asked.size() == 1);
}

TEST_CASE("A signed URL is one for people: at the root URL, with a bewit", "[taskcluster][client]") {
    Bench bench({});
    CHECK(bench.client.signed_url(ping(), std::chrono::hours(1))
              .starts_with("https://tc.example.com/api/queue/v1/ping?bewit="));
    Bench task({}, inside());
    CHECK(task.client.signed_url(ping(), std::chrono::hours(1)) == "https://tc.example.com/api/queue/v1/ping");
}

TEST_CASE("As somebody else a client goes past the proxy", "[taskcluster][client]") {
    Bench bench({{.body = "{}"}}, inside());
    TaskclusterClient other = bench.client.as({"artifact-download/x y", "secret"});
    run_task(other.json(ping(), {}));
    CHECK(bench.http.asked[0].url == "https://tc.example.com/api/queue/v1/ping");
    CHECK(bench.sent(0, "authorization").starts_with("Hawk id=\"artifact-download/x y\""));
    Bench homeless({}, {"http://taskcluster", "", std::nullopt, ""});
    CHECK_THROWS_AS(homeless.client.as({"a", "b"}), Error);
}

TEST_CASE("Task ids are random UUIDs that the queue takes", "[taskcluster][ids]") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = new_task_id();
        CHECK(is_task_id(id));
        CHECK(id[0] != '-');
        seen.insert(id);
    }
    CHECK(seen.size() == 1000);
    CHECK(is_task_id("V87ZV9cmQE69d_wNxf5fdQ"));
    for (const char* wrong : {"", "V87ZV9cmQE69d_wNxf5fd", "V87ZV9cmAE69d_wNxf5fdQ", "V87ZV9cmQE69d_wNxf5fdR",
                              "V87ZV9cm/E69d_wNxf5fdQ", "not-a-slug"})
        CHECK_FALSE(is_task_id(wrong));
}
