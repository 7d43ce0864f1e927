#include "engine/retry_http.hpp"

#include "tests/support/fake_http.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;
using test::FakeHttp;
using test::run_task;
using test::SteppedClock;

namespace {

struct Bench {
    explicit Bench(std::vector<FakeHttp::Reply> script) : fake(std::move(script)) {}
    HttpResponse send() {
        HttpRequest request;
        request.url = "https://user@example.test:8443/path?secret=1";
        return run_task(http.send(request, {}));
    }
    FakeHttp fake;
    SteppedClock clock{SteppedClock::jumps};
    RetryHttp http{fake, {.clock = clock, .random = [] { return 0.5; }, .policy = service_policy()}};
};

}  // namespace

TEST_CASE("a 503 is asked again on a fresh connection until it heals", "[retry_http]") {
    Bench bench({{.status = 503}, {.error = Error(ErrorKind::unavailable, "reset")}, {.status = 200, .body = "ok"}});
    HttpResponse response = bench.send();
    CHECK(response.status == 200);
    CHECK(run_task(read_all(*response.body, 100)) == "ok");
    REQUIRE(bench.fake.asked.size() == 3);
    CHECK_FALSE(bench.fake.asked[0].fresh_connection);
    CHECK(bench.fake.asked[1].fresh_connection);
    CHECK(bench.clock.sleeps() == std::vector<Duration>{100ms, 200ms});
}

TEST_CASE("a 429 waits as long as the service asks", "[retry_http]") {
    Bench bench({{.status = 429, .headers = {{"Retry-After", "9"}}}, {.status = 204}});
    CHECK(bench.send().status == 204);
    CHECK(bench.clock.sleeps() == std::vector<Duration>{9s});
}

TEST_CASE("a 404 is an answer", "[retry_http]") {
    Bench bench({{.status = 404, .body = "no such task"}});
    CHECK(bench.send().status == 404);
    CHECK(bench.fake.asked.size() == 1);
}

TEST_CASE("six 500s are an error that names host, status and what the body began with, and no query", "[retry_http]") {
    Bench bench(std::vector<FakeHttp::Reply>(6, {.status = 500, .body = "<html>\noops"}));
    try {
        bench.send();
        FAIL("gave no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::unavailable);
        CHECK(error.attempts() == 6);
        CHECK(std::string(error.what()) == "GET example.test:8443: HTTP 500: <html>\\x0aoops");
    }
}

TEST_CASE("headers are found whatever their case", "[http]") {
    const HttpHeaders headers{{"Content-Type", "a"}, {"ETag", "\"b\""}, {"etag", "c"}};
    CHECK(find_header(headers, "etag") == "\"b\"");
    CHECK_FALSE(find_header(headers, "content-typ"));
}

TEST_CASE("a reply longer than asked for is corrupt", "[http]") {
    BlockPool pool(4);
    test::FakeBody fits(pool, "123456789");
    CHECK(run_task(read_all(fits, 9)) == "123456789");
    test::FakeBody too_long(pool, "123456789");
    CHECK_THROWS_AS(run_task(read_all(too_long, 8)), Error);
}
