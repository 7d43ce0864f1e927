#include "stages/submit/federation_token.hpp"

#include "stages/s3/dates.hpp"
#include "tests/support/fake_http.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"
#include "tests/support/test_environment.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

using namespace af;
using test::FakeHttp;
using Reply = FakeHttp::Reply;

namespace {

const std::string kGood =
    "<GetFederationTokenResponse "
    "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetFederationTokenResult><Credentials>"
    "<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret-of-token</SecretAccessKey><SessionToken>session</"
    "SessionToken>"
    "<Expiration>2023-11-16T00:00:00Z</Expiration></Credentials><PackedPolicySize>93</PackedPolicySize>"
    "</GetFederationTokenResult></GetFederationTokenResponse>";

std::string refusal(std::string_view code, std::string_view message = "no") {
    return fmt::format(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>"
        "<RequestId>r-1</RequestId></ErrorResponse>",
        code, message);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

struct Bench {
    explicit Bench(std::vector<Reply> script = {}) : http(std::move(script)) {}

    FederationToken get() {
        Retrier retrier{clock, [] { return 0.5; }};
        return test::run_task(get_federation_token(http, retrier, sts, signer, request, {}));
    }
    Error error() {
        try {
            get();
        } catch (const Error& thrown) {
            return thrown;
        }
        return Error(ErrorKind::bug, "a token was given");
    }
    std::string sent(std::size_t at, std::string_view header) const {
        return std::string(find_header(http.asked.at(at).headers, header).value_or(""));
    }

    FakeHttp http;
    test::SteppedClock clock{test::SteppedClock::jumps};
    StsOptions sts{"https://sts.eu-west-1.amazonaws.com/", "eu-west-1"};
    AwsKeys signer{"AKIASIGNER", "the-secret-of-the-signer", ""};
    FederationRequest request{"me@example.org", R"({"Version":"2012-10-17"})", std::chrono::hours(2)};
};

Error error_of(int status, std::string body) { return Bench({{.status = status, .body = std::move(body)}}).error(); }

}  // namespace

TEST_CASE("a federation token is asked for with a signed form and comes with its keys", "[submit][sts]") {
    Bench bench({{.body = kGood}});
    const FederationToken token = bench.get();
    CHECK(token.credentials.keys == AwsKeys{"ASIA", "secret-of-token", "session"});
    CHECK(token.credentials.expires == parse_iso_date("2023-11-16T00:00:00Z"));
    CHECK(token.packed_policy_percent == 93);
    REQUIRE(bench.http.asked.size() == 1);
    CHECK(bench.http.asked[0].method == "POST");
    CHECK(bench.http.asked[0].url == "https://sts.eu-west-1.amazonaws.com/");
    CHECK(bench.http.asked[0].body ==
          "Action=GetFederationToken&Version=2011-06-15&Name=me%40example.org&DurationSeconds=7200&Policy="
          "%7B%22Version%22%3A%222012-10-17%22%7D");
    CHECK(has(bench.sent(0, "authorization"), "/eu-west-1/sts/aws4_request"));
}

TEST_CASE("token requests carry the signatures that botocore gives them", "[submit][sts]") {
    std::ifstream file(AF_STS_VECTORS);
    const nlohmann::json vectors = nlohmann::json::parse(file);
    REQUIRE(vectors.size() == 20);
    for (const auto& vector : vectors) {
        Bench bench({{.body = kGood}});
        bench.sts = {vector["url"], vector["region"]};
        bench.signer = {vector["access_key_id"], vector["secret_access_key"], vector["session_token"]};
        bench.request = {vector["name"], vector["policy"], std::chrono::seconds(vector["duration"].get<int>())};
        bench.get();
        CHECK(bench.http.asked[0].body == vector["body"]);
        CHECK(bench.sent(0, "authorization") == vector["authorization"]);
    }
}

TEST_CASE("what STS would refuse is refused before it is asked", "[submit][sts]") {
    const auto refused = [](auto change) {
        Bench bench;
        change(bench);
        const Error error = bench.error();
        CHECK(bench.http.asked.empty());
        return error.kind();
    };
    CHECK(refused([](Bench& b) { b.request.duration = std::chrono::seconds(899); }) == ErrorKind::usage);
    CHECK(refused([](Bench& b) { b.request.duration = std::chrono::seconds(129'601); }) == ErrorKind::usage);
    CHECK(refused([](Bench& b) { b.request.policy = std::string(2'049, ' '); }) == ErrorKind::config);
    CHECK(refused([](Bench& b) { b.request.policy.clear(); }) == ErrorKind::config);
    CHECK(refused([](Bench& b) { b.request.name = "a"; }) == ErrorKind::usage);
    CHECK(refused([](Bench& b) { b.request.name = "a b"; }) == ErrorKind::usage);
    CHECK(refused([](Bench& b) { b.request.name = std::string(33, 'a'); }) == ErrorKind::usage);
    CHECK(refused([](Bench& b) { b.signer = {}; }) == ErrorKind::refused);
    Bench edge({{.body = kGood}, {.body = kGood}});
    edge.request = {"ab", std::string(2'048, ' '), std::chrono::seconds(900)};
    edge.get();
    edge.request = {std::string(32, '@'), " ", std::chrono::seconds(129'600)};
    edge.get();
}

TEST_CASE("a refusal of STS says its code and what to do", "[submit][sts]") {
    struct Case {
        const char* code;
        ErrorKind kind;
        const char* hint;
    };
    for (const Case& c : {Case{"AccessDenied", ErrorKind::refused, "sts:GetFederationToken"},
                          Case{"InvalidClientTokenId", ErrorKind::refused, "AWS_ACCESS_KEY_ID"},
                          Case{"SignatureDoesNotMatch", ErrorKind::refused, "AWS_SECRET_ACCESS_KEY"},
                          Case{"ExpiredToken", ErrorKind::expired, "sign in again"},
                          Case{"MalformedPolicyDocument", ErrorKind::refused, "policy"},
                          Case{"PackedPolicyTooLarge", ErrorKind::refused, "folders"},
                          Case{"RegionDisabledException", ErrorKind::refused, "AWS_REGION"}}) {
        Bench bench({{.status = 403, .body = refusal(c.code), .headers = {{"x-amzn-RequestId", "id-7"}}}});
        const Error error = bench.error();
        CHECK(error.kind() == c.kind);
        CHECK(has(error.what(),
                  fmt::format("STS GetFederationToken at sts.eu-west-1.amazonaws.com: HTTP 403 {}: no", c.code)));
        CHECK(has(error.advice(), c.hint));
        CHECK(error.request_id() == "id-7");
        CHECK(bench.http.asked.size() == 1);
    }
}

TEST_CASE("what heals is asked three times, on new connections", "[submit][sts]") {
    Bench healed({{.status = 503}, {.status = 400, .body = refusal("Throttling")}, {.body = kGood}});
    CHECK(healed.get().credentials.keys.access_key_id == "ASIA");
    CHECK(healed.http.asked.size() == 3);
    CHECK_FALSE(healed.http.asked[0].fresh_connection);
    CHECK(healed.http.asked[2].fresh_connection);
    CHECK(healed.clock.sleeps() ==
          std::vector<Duration>{std::chrono::milliseconds(500), std::chrono::milliseconds(500)});

    const Reply reset{.error = Error(ErrorKind::unavailable, "reset")};
    Bench dead(
        {reset, {.body = kGood.substr(0, 50), .body_breaks = Error(ErrorKind::unavailable, "cut")}, {.status = 500}});
    const Error error = dead.error();
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(error.attempts() == 3);
    CHECK(dead.http.left() == 0);
}

TEST_CASE("a clock that is wrong is corrected once by the time of the reply", "[submit][sts]") {
    const HttpHeaders date{{"Date", "Tue, 14 Nov 2023 23:33:20 GMT"}};  // 20 minutes ahead of the stepped clock
    for (const std::string& body : {refusal("RequestExpired"), refusal("SignatureDoesNotMatch", "Signature expired: x"),
                                    refusal("SignatureDoesNotMatch", "Signature not yet current: x")}) {
        Bench bench({{.status = 403, .body = body, .headers = date}, {.body = kGood}});
        bench.get();
        CHECK(bench.sent(0, "x-amz-date") == "20231114T231320Z");
        CHECK(bench.sent(1, "x-amz-date") == "20231114T233320Z");
        CHECK(bench.clock.sleeps().empty());
    }
    const Reply late{.status = 403, .body = refusal("RequestExpired"), .headers = date};
    Bench twice({late, late});
    const Error error = twice.error();
    CHECK(error.kind() == ErrorKind::refused);
    CHECK(has(
        error.what(),
        "CLOCK_SKEW: HTTP 403 RequestExpired: the time is 2023-11-14T23:13:20Z here and 2023-11-14T23:33:20Z there"));
    CHECK(has(error.advice(), "clock"));
    Bench dateless({{.status = 403, .body = refusal("RequestExpired")}});
    CHECK(has(dateless.error().what(), "unknown there"));
}

TEST_CASE("an answer that is none of STS is one clear line", "[submit][sts]") {
    for (const std::string& body : {std::string("<html>hello</html>"), std::string(), std::string("{}"),
                                    kGood.substr(0, kGood.find("<Expiration>")) + "</Credentials>"}) {
        const Error error = error_of(200, body);
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK(has(error.what(), "HTTP 200 with a body that is no GetFederationTokenResponse"));
        CHECK_FALSE(has(error.what(), "secret-of-token"));
        CHECK(has(error.advice(), "AWS_ENDPOINT_URL_STS"));
    }
    const Error page = error_of(403, "<html><body>sign in</body></html>");
    CHECK(page.kind() == ErrorKind::refused);
    CHECK(has(page.what(), "HTTP 403 with a body that is no error of STS"));
    CHECK(error_of(302, "").kind() == ErrorKind::refused);
    CHECK(error_of(200, std::string(100'000, 'x')).kind() == ErrorKind::corrupt);
}

TEST_CASE("no message holds what a request was signed with", "[submit][sts]") {
    const std::string message =
        "Check the-secret-of-the-signer and the-session-token.\n\nThe Canonical String for this request "
        "should have been\n'POST\nx-amz-security-token:the-session-token'";
    Bench bench({{.status = 403, .body = refusal("SignatureDoesNotMatch", message)}});
    bench.signer.session_token = "the-session-token";
    const Error error = bench.error();
    CHECK(has(error.what(), "Check (hidden) and (hidden)."));
    CHECK_FALSE(has(error.what(), "Canonical"));
    CHECK_FALSE(has(error.what(), "the-se"));
}

TEST_CASE("a token request that is stopped ends as cancelled", "[submit][sts]") {
    Bench bench;
    std::stop_source source;
    source.request_stop();
    Retrier retrier{bench.clock, [] { return 0.5; }};
    try {
        test::run_task(
            get_federation_token(bench.http, retrier, bench.sts, bench.signer, bench.request, source.get_token()));
        FAIL("a token was given");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::cancelled);
    }
}

TEST_CASE("STS is asked where the environment says, else in the region", "[submit][sts]") {
    const auto url = [](std::map<std::string, std::string> variables, const std::string& region) {
        return resolve_sts(test::environment_of(std::move(variables)), region).value().url;
    };
    CHECK(url({}, "eu-west-1") == "https://sts.eu-west-1.amazonaws.com/");
    CHECK(url({}, "cn-north-1") == "https://sts.cn-north-1.amazonaws.com.cn/");
    CHECK(url({{"AWS_ENDPOINT_URL", "https://a.example"}}, "eu-west-1") == "https://a.example/");
    CHECK(url({{"AWS_ENDPOINT_URL", "https://a.example"}, {"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:4566/sts"}},
              "x") == "http://127.0.0.1:4566/sts");
    const auto kind = [](std::map<std::string, std::string> variables, const std::string& region) {
        return resolve_sts(test::environment_of(std::move(variables)), region).error().kind();
    };
    CHECK(kind({}, "") == ErrorKind::config);
    CHECK(kind({}, "evil.example/") == ErrorKind::config);
    CHECK(kind({{"AWS_ENDPOINT_URL_STS", "https://a.example"}}, "") == ErrorKind::config);
    CHECK(kind({{"AWS_ENDPOINT_URL_STS", "http://a.example"}}, "x") == ErrorKind::refused);
    CHECK(kind({{"AWS_ENDPOINT_URL_STS", "http://169.254.169.254"}}, "x") == ErrorKind::refused);
    CHECK(kind({{"AWS_ENDPOINT_URL_STS", "ftp://a.example"}}, "x") == ErrorKind::refused);
}

TEST_CASE("any owner makes a name that STS takes", "[submit][sts]") {
    CHECK(federation_name("me@example.org") == "me@example.org");
    CHECK(federation_name("M\xC3\xBCller & Co\n") == "M-ller---Co-");
    CHECK(federation_name("x") == "af-x");
    CHECK(federation_name("") == "af-");
    CHECK(federation_name(std::string(200, 'y')) == std::string(32, 'y'));
}
