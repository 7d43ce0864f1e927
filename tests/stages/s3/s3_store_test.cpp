#include "stages/s3/s3_store.hpp"

#include "stages/s3/checksums.hpp"
#include "stages/s3/dates.hpp"
#include "tests/support/fake_http.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"
#include "tests/support/test_environment.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::FakeHttp;
using test::run_task;

namespace {

using Reply = FakeHttp::Reply;

Reply error_reply(int status, std::string code, HttpHeaders headers = {}, std::string more = "") {
    return {.status = status,
            .body = "<Error><Code>" + code + "</Code>" + more + "</Error>",
            .headers = std::move(headers)};
}

Reply part(std::string body, std::string range, std::string etag = "\"e\"") {
    return {.status = 206,
            .body = std::move(body),
            .headers = {{"Content-Range", std::move(range)}, {"ETag", std::move(etag)}}};
}

// Hands out the keys of its list one after the other.
class Rotating final : public CredentialSource {
public:
    explicit Rotating(std::vector<AwsKeys> keys) : keys_(std::move(keys)) {}
    Task<AwsCredentials> current(std::stop_token) override { co_return held(); }
    Task<AwsCredentials> renewed(AwsKeys rejected, std::stop_token) override {
        if (held().keys == rejected && ++at_ == keys_.size()) throw Error(ErrorKind::expired, "no newer keys");
        co_return held();
    }

private:
    AwsCredentials held() const { return {keys_.at(at_), std::nullopt, "test"}; }
    std::vector<AwsKeys> keys_;
    std::size_t at_ = 0;
};

struct Bench {
    explicit Bench(std::vector<Reply> script, S3Options options = {})
        : http(std::move(script)), store(http, credentials, Retrier{clock, [] { return 0.9; }}, std::move(options)) {}

    OpenObject open(std::string name, std::uint64_t offset = 0, std::string if_match = "") {
        return run_task(store.open(std::move(name), offset, std::move(if_match), {}));
    }
    ListPage list(std::string prefix, std::string delimiter = "", std::string token = "") {
        return run_task(store.list(std::move(prefix), std::move(delimiter), std::move(token), {}));
    }
    Error open_error(std::string name, std::uint64_t offset = 0, std::string if_match = "") {
        try {
            open(std::move(name), offset, std::move(if_match));
        } catch (const Error& error) {
            return error;
        }
        return Error(ErrorKind::bug, "it was opened");
    }
    std::string sent(std::size_t request, std::string_view header) const {
        return std::string(find_header(http.asked.at(request).headers, header).value_or(""));
    }

    FakeHttp http;
    Rotating credentials{{{"AKIA1", "secret1", ""}, {"AKIA2", "secret2", "token2"}}};
    test::SteppedClock clock{test::SteppedClock::jumps};
    S3Store store;
};

bool has(std::string_view text, std::string_view part_of_it) { return text.find(part_of_it) != text.npos; }

S3Options at(std::string endpoint) {
    return {.endpoint = resolve_endpoint(test::environment_of({}), endpoint).value()};
}

}  // namespace

TEST_CASE("open reads a whole object and passes on its size, etag and checksums", "[s3][store]") {
    Bench bench({{.body = "hello",
                  .headers = {{"ETag", "\"e\""}, {"Content-Length", "5"}, {"X-Amz-Checksum-Crc32c", "mnG7TA=="}}}});
    OpenObject object = bench.open("s3://bucket/a b/ü");
    CHECK(object.size == 5);
    CHECK(object.offset == 0);
    CHECK(object.etag == "\"e\"");
    std::string body = run_task(read_all(*object.body, 100));
    CHECK(body == "hello");
    ChecksumVerifier verifier(object.checksums);
    CHECK(verifier.algorithm() == "crc32c");
    verifier.update(body);
    CHECK(verifier.finish());

    CHECK(bench.http.asked[0].url == "https://bucket.s3.us-east-1.amazonaws.com/a%20b/%C3%BC");
    CHECK(bench.sent(0, "x-amz-checksum-mode") == "ENABLED");
    CHECK(bench.sent(0, "range").empty());
    CHECK(has(bench.sent(0, "authorization"), "Credential=AKIA1/"));
    CHECK_FALSE(bench.http.asked[0].fresh_connection);
}

TEST_CASE("open resumes at an offset and only of the same object", "[s3][store]") {
    Bench bench({part("llo", "bytes 2-4/5")});
    OpenObject object = bench.open("s3://bucket/k", 2, "\"e\"");
    CHECK(object.offset == 2);
    CHECK(object.size == 5);
    CHECK(object.checksums.empty());
    CHECK(bench.sent(0, "range") == "bytes=2-");
    CHECK(bench.sent(0, "if-match") == "\"e\"");
    CHECK(has(bench.sent(0, "authorization"), "if-match;range;"));
}

TEST_CASE("open says so when a server ignores the range", "[s3][store]") {
    Bench bench({{.body = "hello", .headers = {{"Content-Length", "5"}}}});
    OpenObject object = bench.open("s3://bucket/k", 2);
    CHECK(object.offset == 0);
    CHECK(object.size == 5);
}

TEST_CASE("open never splices: another etag than asked for is a changed object", "[s3][store]") {
    Bench ignored({part("llo", "bytes 2-4/5", "\"other\"")});
    CHECK(ignored.open_error("s3://bucket/k", 2, "\"e\"").kind() == ErrorKind::corrupt);
    Bench refused({error_reply(412, "PreconditionFailed")});
    Error error = refused.open_error("s3://bucket/k", 2, "\"e\"");
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(has(error.what(), "OBJECT_CHANGED"));
    CHECK(refused.http.asked.size() == 1);
}

TEST_CASE("open asks again when the range of the reply is wrong", "[s3][store]") {
    for (const char* range : {"bytes 1-4/5", "bytes 2-3/5", "bytes 2-9/5", "bytes x", ""}) {
        INFO(range);
        Bench bench({part("llo", range), part("llo", "bytes 2-4/5")});
        CHECK(bench.open("s3://bucket/k", 2).offset == 2);
        CHECK(bench.http.asked.size() == 2);
        CHECK(bench.http.asked[1].fresh_connection);
    }
    Bench lying({{.status = 206, .headers = {{"Content-Range", "bytes 2-4/5"}, {"Content-Length", "9"}}},
                 part("llo", "bytes 2-4/5")});
    CHECK(lying.open("s3://bucket/k", 2).size == 5);
}

TEST_CASE("open at the very end of an object is an empty body, beyond it a changed object", "[s3][store]") {
    Bench end({error_reply(416, "InvalidRange", {}, "<ActualObjectSize>5</ActualObjectSize>")});
    OpenObject object = end.open("s3://bucket/k", 5);
    CHECK(object.offset == 5);
    CHECK(object.size == 5);
    CHECK(run_task(read_all(*object.body, 10)).empty());
    Bench header({{.status = 416, .headers = {{"Content-Range", "bytes */5"}}}});
    CHECK(header.open("s3://bucket/k", 5).size == 5);
    Bench beyond({error_reply(416, "InvalidRange", {{"Content-Range", "bytes */3"}})});
    CHECK(beyond.open_error("s3://bucket/k", 5).kind() == ErrorKind::corrupt);
}

TEST_CASE("open retries what may heal, signed anew, and gives up in the end", "[s3][store]") {
    Bench bench({error_reply(500, "InternalError"), error_reply(503, "SlowDown"),
                 {.error = Error(ErrorKind::unavailable, "reset")}, {.body = "ok"}});
    bench.open("s3://bucket/k");
    REQUIRE(bench.http.asked.size() == 4);
    CHECK(bench.http.asked[1].fresh_connection);
    CHECK_FALSE(bench.http.asked[2].fresh_connection);
    CHECK(bench.http.asked[3].fresh_connection);
    CHECK(bench.sent(0, "x-amz-date") == bench.sent(1, "x-amz-date"));
    CHECK(bench.sent(3, "x-amz-date") != bench.sent(0, "x-amz-date"));  // more than a second later
    CHECK(bench.sent(3, "authorization") != bench.sent(0, "authorization"));

    Bench down(std::vector<Reply>(6, error_reply(500, "InternalError", {{"x-amz-request-id", "R6"}})));
    Error error = down.open_error("s3://bucket/k");
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(error.attempts() == 6);
    CHECK(error.item() == "s3://bucket/k");
    CHECK(error.request_id() == "R6");
}

TEST_CASE("open waits as long as a throttling server asks for", "[s3][store]") {
    Bench bench({error_reply(503, "SlowDown", {{"Retry-After", "7"}}),
                 error_reply(503, "SlowDown", {{"x-amz-retry-after", "9000"}}),
                 {}});
    bench.open("s3://bucket/k");
    CHECK(bench.clock.sleeps() == std::vector<Duration>{std::chrono::seconds(7), std::chrono::seconds(9)});
}

TEST_CASE("what cannot heal is asked once", "[s3][store]") {
    struct Case {
        int status;
        const char* code;
        ErrorKind kind;
    };
    for (Case one : {Case{404, "NoSuchKey", ErrorKind::not_found}, Case{403, "AccessDenied", ErrorKind::refused},
                     Case{400, "InvalidRequest", ErrorKind::refused}}) {
        Bench bench({error_reply(one.status, one.code)});
        CHECK(bench.open_error("s3://bucket/k").kind() == one.kind);
        CHECK(bench.http.asked.size() == 1);
    }
    Bench tls({{.error = Error(ErrorKind::refused, "certificate")}});
    CHECK(tls.open_error("s3://bucket/k").item() == "s3://bucket/k");
    Bench none({});
    CHECK(none.open_error("s3://bucket").kind() == ErrorKind::usage);
    CHECK(none.open_error("/a/file").kind() == ErrorKind::usage);
    CHECK(none.http.asked.empty());
}

TEST_CASE("a skewed clock is corrected from the server's date, and for later requests too", "[s3][store]") {
    Bench bench({error_reply(403, "RequestTimeTooSkewed", {{"Date", "Wed, 21 Oct 2015 07:28:00 GMT"}}), {}, {}});
    bench.open("s3://bucket/a");
    bench.open("s3://bucket/b");
    REQUIRE(bench.http.asked.size() == 3);
    CHECK(bench.sent(1, "x-amz-date") == "20151021T072800Z");
    CHECK(bench.sent(2, "x-amz-date") == "20151021T072800Z");
    CHECK(bench.clock.sleeps().empty());
}

TEST_CASE("a clock that stays skewed is an error with both times", "[s3][store]") {
    Reply skewed = error_reply(403, "RequestTimeTooSkewed", {{"Date", "Wed, 21 Oct 2015 07:28:00 GMT"}});
    Bench bench({skewed, skewed});
    Error error = bench.open_error("s3://bucket/a");
    INFO(error.what());
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(has(error.what(), "CLOCK_SKEW"));
    CHECK(has(error.what(), "2015-10-21T07:28:00Z"));
    CHECK(has(error.what(), to_iso_date(bench.clock.wall()).substr(0, 10)));
}

TEST_CASE("expired keys are renewed once, then the error is expired", "[s3][store]") {
    Bench bench({error_reply(400, "ExpiredToken"), {}});
    bench.open("s3://bucket/a");
    CHECK(has(bench.sent(1, "authorization"), "Credential=AKIA2/"));
    CHECK(bench.sent(1, "x-amz-security-token") == "token2");
    Bench again({error_reply(400, "ExpiredToken"), error_reply(400, "ExpiredToken")});
    CHECK(again.open_error("s3://bucket/a").kind() == ErrorKind::expired);
    CHECK(again.http.asked.size() == 2);
}

TEST_CASE("the bucket's region is learned once and used from then on", "[s3][store]") {
    Bench bench({error_reply(301, "PermanentRedirect", {{"x-amz-bucket-region", "eu-west-1"}}), {}, {}, {}});
    bench.open("s3://bucket/a");
    bench.open("s3://bucket/b");
    bench.open("s3://other/c");
    REQUIRE(bench.http.asked.size() == 4);
    CHECK(bench.http.asked[1].url == "https://bucket.s3.eu-west-1.amazonaws.com/a");
    CHECK(has(bench.sent(1, "authorization"), "/eu-west-1/s3/aws4_request"));
    CHECK(bench.http.asked[2].url == "https://bucket.s3.eu-west-1.amazonaws.com/b");
    CHECK(bench.http.asked[3].url == "https://other.s3.us-east-1.amazonaws.com/c");

    Bench malformed({error_reply(400, "AuthorizationHeaderMalformed", {}, "<Region>eu-west-1</Region>"), {}},
                    at("http://127.0.0.1:9000"));
    malformed.open("s3://bucket/a");
    CHECK(malformed.http.asked[1].url == "http://127.0.0.1:9000/bucket/a");
    CHECK(has(malformed.sent(1, "authorization"), "/eu-west-1/s3/aws4_request"));

    Bench temporary(
        {error_reply(307, "TemporaryRedirect", {{"Location", "https://bucket.s3-us-west-2.amazonaws.com/a"}}), {}});
    temporary.open("s3://bucket/a");
    CHECK(temporary.http.asked[1].url == "https://bucket.s3.us-west-2.amazonaws.com/a");
}

TEST_CASE("a redirect elsewhere is refused and nothing is sent there", "[s3][store]") {
    for (const char* location :
         {"https://evil.example/a", "http://bucket.s3.eu-west-1.amazonaws.com/a", "https://169.254.169.254/latest",
          "file:///etc/passwd", "https://bucket.s3.eu-west-1.amazonaws.com.evil.example/a", "//evil.example/",
          "https://evil.amazonaws.com/a", "https://bucket.s3.eu-west-1.amazonaws.com:8443/a",
          "https://u@bucket.s3.eu-west-1.amazonaws.com/a"}) {
        INFO(location);
        Bench bench(
            {error_reply(307, "TemporaryRedirect", {{"Location", location}, {"x-amz-bucket-region", "eu-west-1"}})});
        Error error = bench.open_error("s3://bucket/a");
        CHECK(error.kind() == ErrorKind::refused);
        CHECK(has(error.what(), "REDIRECT_REFUSED"));
        CHECK(bench.http.asked.size() == 1);
    }
    Bench evil_region({error_reply(301, "PermanentRedirect", {{"x-amz-bucket-region", "x.evil.example/"}})});
    CHECK(has(evil_region.open_error("s3://bucket/a").what(), "REDIRECT_REFUSED"));
}

TEST_CASE("a redirect below the configured endpoint is followed once", "[s3][store]") {
    Bench bench({{.status = 307, .headers = {{"Location", "https://node2.store.example/bucket/a"}}}, {}},
                at("https://store.example"));
    bench.open("s3://bucket/a");
    CHECK(bench.http.asked[1].url == "https://node2.store.example/bucket/a");
    CHECK(bench.sent(1, "authorization") != bench.sent(0, "authorization"));

    Reply again{.status = 307, .headers = {{"Location", "https://node2.store.example/bucket/a"}}};
    Bench loop({again, again, again}, at("https://store.example"));
    CHECK(loop.open_error("s3://bucket/a").kind() == ErrorKind::refused);
    CHECK(loop.http.asked.size() == 2);
    Bench to_aws({{.status = 307, .headers = {{"Location", "https://bucket.s3.eu-west-1.amazonaws.com/a"}}}},
                 at("https://store.example"));
    CHECK(to_aws.open_error("s3://bucket/a").kind() == ErrorKind::refused);
}

TEST_CASE("without keys nothing is signed", "[s3][store]") {
    FakeHttp http(std::vector<Reply>(1));
    test::SteppedClock clock;
    FixedCredentials anonymous;
    S3Store store(http, anonymous, Retrier{clock, [] { return 0.5; }});
    run_task(store.open("s3://bucket/k", 0, "", {}));
    CHECK_FALSE(find_header(http.asked[0].headers, "authorization"));
    CHECK_FALSE(find_header(http.asked[0].headers, "x-amz-date"));
}

TEST_CASE("a requester who pays says so under the signature", "[s3][store]") {
    Bench bench(std::vector<Reply>(1), {.requester_pays = true});
    bench.open("s3://bucket/k");
    CHECK(bench.sent(0, "x-amz-request-payer") == "requester");
    CHECK(has(bench.sent(0, "authorization"), "x-amz-request-payer"));
}

TEST_CASE("a stop reaches the request", "[s3][store]") {
    Bench bench(std::vector<Reply>(1));
    std::stop_source stop;
    stop.request_stop();
    try {
        run_task(bench.store.open("s3://bucket/k", 0, "", stop.get_token()));
        FAIL("open() must throw");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::cancelled);
    }
}

TEST_CASE("list gives full names page by page", "[s3][list]") {
    Bench bench({{.body = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                          "<NextContinuationToken>t=1</NextContinuationToken><Contents><Key>a%20b/x</Key><ETag>\"1\"</"
                          "ETag><Size>3</Size></Contents>"
                          "<CommonPrefixes><Prefix>a%20b/c/</Prefix></CommonPrefixes></ListBucketResult>"},
                 {.body = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"}});
    ListPage first = bench.list("s3://bucket/a b/", "/");
    REQUIRE(first.objects.size() == 1);
    CHECK(first.objects[0].name == "s3://bucket/a b/x");
    CHECK(first.objects[0].size == 3);
    CHECK(first.objects[0].etag == "\"1\"");
    CHECK(first.prefixes == std::vector<std::string>{"s3://bucket/a b/c/"});
    CHECK(first.next_token == "t=1");
    ListPage last = bench.list("s3://bucket/a b/", "/", first.next_token);
    CHECK(last.objects.empty());
    CHECK(last.next_token.empty());
    const std::string base =
        "https://bucket.s3.us-east-1.amazonaws.com/"
        "?list-type=2&encoding-type=url&max-keys=1000&prefix=a%20b%2F&delimiter=%2F";
    CHECK(bench.http.asked[0].url == base);
    CHECK(bench.http.asked[1].url == base + "&continuation-token=t%3D1");
}

TEST_CASE("list asks again for a page that broke off, was damaged or ended in an error", "[s3][list]") {
    const std::string good = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    Bench bench({{.body = good.substr(0, 20), .body_breaks = Error(ErrorKind::unavailable, "cut")},
                 {.body = good.substr(0, 20)},
                 {.body = "<Error><Code>InternalError</Code></Error>"},
                 {.body = good}});
    CHECK(bench.list("s3://bucket").objects.empty());
    CHECK(bench.http.asked.size() == 4);
    Bench broken(std::vector<Reply>(6, {.body = "<html>"}));
    try {
        broken.list("s3://bucket/p");
        FAIL("list() must throw");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK(error.item() == "s3://bucket/p");
        CHECK(error.attempts() == 6);
    }
}

TEST_CASE("list does not go round in circles", "[s3][list]") {
    Bench bench({{.body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</"
                          "NextContinuationToken></ListBucketResult>"}});
    CHECK_THROWS_AS(bench.list("s3://bucket", "", "t"), Error);
}
