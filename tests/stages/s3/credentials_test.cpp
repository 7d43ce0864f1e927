#include "stages/s3/credentials.hpp"

#include "engine/join.hpp"
#include "stages/s3/credential_endpoints.hpp"
#include "stages/s3/dates.hpp"
#include "tests/stages/s3/test_files.hpp"
#include "tests/support/fake_http.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"
#include "tests/support/test_environment.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace af;
using test::FakeHttp;
using test::run_task;

namespace {

using Variables = std::map<std::string, std::string>;
using Reply = FakeHttp::Reply;

constexpr const char* kJson =
    R"({"AccessKeyId":"AKJ","SecretAccessKey":"SJ","Token":"TJ","Expiration":"2030-01-01T00:00:00Z"})";
constexpr const char* kSts =
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
    "<AccessKeyId>AKW</AccessKeyId><SecretAccessKey>SW</SecretAccessKey><SessionToken>TW</SessionToken>"
    "<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
    "</AssumeRoleWithWebIdentityResponse>";

struct Bench {
    explicit Bench(Variables variables, std::vector<Reply> script = {}) : http(std::move(script)) {
        Environment environment = test::environment_of(std::move(variables));
        AwsProfile profile = read_profile(environment).value();
        context.emplace(CredentialContext{environment, profile, http, clock, [] { return 0.5; }});
    }
    AwsCredentials load() { return run_task(load_credentials(*context, {})); }
    Error error() {
        try {
            load();
        } catch (const Error& thrown) {
            return thrown;
        }
        return Error(ErrorKind::bug, "credentials were found");
    }
    std::string sent(std::size_t request, std::string_view header) const {
        return std::string(find_header(http.asked.at(request).headers, header).value_or(""));
    }

    FakeHttp http;
    test::SteppedClock clock{test::SteppedClock::jumps};
    std::optional<CredentialContext> context;
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("keys in the environment come first", "[s3][credentials]") {
    test::Files files(test::Texts{{"c", "[default]\naws_access_key_id=P\naws_secret_access_key=PS\n"}});
    Bench bench({{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "S"}, {"AWS_SESSION_TOKEN", "T"},
                 {"AWS_SHARED_CREDENTIALS_FILE", files.path("c")}});
    CHECK(bench.load().keys == AwsKeys{"A", "S", "T"});
    CHECK(bench.http.asked.empty());
    Bench half(Variables{{"AWS_ACCESS_KEY_ID", "A"}});
    CHECK(half.error().kind() == ErrorKind::config);
    CHECK(has(half.error().what(), "AWS_SECRET_ACCESS_KEY is not"));
}

TEST_CASE("a profile gives keys or runs its command", "[s3][credentials]") {
    test::Files files(test::Texts{
        {"c",
         std::string(
             "[keys]\naws_access_key_id=P\naws_secret_access_key=PS\n[command]\ncredential_process = /bin/echo '") +
             kJson +
             "'\n[half]\naws_access_key_id=P\n[sso]\nsso_session=x\n[broken]\ncredential_process=echo hello\n"}});
    auto with = [&](std::string profile) {
        return Variables{{"AWS_SHARED_CREDENTIALS_FILE", files.path("c")}, {"AWS_PROFILE", profile}};
    };
    CHECK(Bench(with("keys")).load().keys == AwsKeys{"P", "PS", ""});
    CHECK(Bench(with("command")).load().keys == AwsKeys{"AKJ", "SJ", "TJ"});
    CHECK(Bench(with("half")).error().kind() == ErrorKind::config);
    CHECK(Bench(with("broken")).error().kind() == ErrorKind::config);
    CHECK(has(Bench(with("sso")).error().advice(), "export-credentials"));
}

TEST_CASE("a web identity is exchanged at STS", "[s3][credentials]") {
    test::Files files(test::Texts{{"token", "a.b+c/d\n"}});
    Variables variables{{"AWS_WEB_IDENTITY_TOKEN_FILE", files.path("token")},
                        {"AWS_ROLE_ARN", "arn:aws:iam::1:role/x"},
                        {"AWS_REGION", "eu-west-1"}};
    Bench bench(variables, {{.status = 500}, {.body = kSts}});
    AwsCredentials credentials = bench.load();
    CHECK(credentials.keys == AwsKeys{"AKW", "SW", "TW"});
    CHECK(credentials.expires == parse_iso_date("2030-01-01T00:00:00Z"));
    REQUIRE(bench.http.asked.size() == 2);
    CHECK(bench.http.asked[1].method == "POST");
    CHECK(bench.http.asked[1].url == "https://sts.eu-west-1.amazonaws.com/");
    CHECK(has(bench.http.asked[1].body, "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx"));
    CHECK(has(bench.http.asked[1].body, "WebIdentityToken=a.b%2Bc%2Fd"));
    CHECK(bench.sent(1, "authorization").empty());

    Bench denied(variables,
                 {{.status = 403, .body = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"}});
    CHECK(denied.error().kind() == ErrorKind::refused);
    CHECK(denied.http.asked.size() == 1);
    Bench garbled(variables, {{.body = "<html>"}});
    CHECK(garbled.error().kind() == ErrorKind::refused);
    variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = files.path("absent");
    CHECK(has(Bench(variables).error().what(), "does not exist"));
    variables.erase("AWS_ROLE_ARN");
    CHECK(has(Bench(variables).error().what(), "AWS_ROLE_ARN is not"));
}

TEST_CASE("a container's endpoint is asked with its token", "[s3][credentials]") {
    Bench relative({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "tok"}},
                   {{.body = kJson}});
    CHECK(relative.load().keys.access_key_id == "AKJ");
    CHECK(relative.http.asked[0].url == "http://169.254.170.2/v2/x");
    CHECK(relative.sent(0, "authorization") == "tok");

    test::Files files(test::Texts{{"token", "from-file\n"}});
    Bench full({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost:80/c?a=1"},
                {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", files.path("token")}},
               {{.body = kJson}});
    CHECK(full.load().keys.access_key_id == "AKJ");
    CHECK(full.http.asked[0].url == "http://localhost/c?a=1");
    CHECK(full.sent(0, "authorization") == "from-file");
    Bench denied({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}, {{.status = 403}});
    CHECK(denied.error().kind() == ErrorKind::refused);
}

TEST_CASE("credentials are not asked for over plain http elsewhere, nor with a forged header", "[s3][credentials]") {
    for (const char* uri : {"http://example.org/", "http://169.254.169.254/x", "https://169.254.169.254/x",
                            "http://127.0.0.1.example.org/", "ftp://x/"}) {
        INFO(uri);
        Bench bench({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", uri}}, {{.body = kJson}});
        CHECK(bench.error().kind() == ErrorKind::refused);
        CHECK(bench.http.asked.empty());
    }
    Bench https({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://example.org/"}}, {{.body = kJson}});
    CHECK(https.load().keys.access_key_id == "AKJ");
    Bench forged({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nX: y"}},
                 {{.body = kJson}});
    CHECK(forged.error().kind() == ErrorKind::config);
    CHECK(forged.http.asked.empty());
}

TEST_CASE("an instance is asked by version 2 of its metadata service, within a second", "[s3][credentials]") {
    Bench bench({}, {{.body = "session"}, {.body = "my role\n"}, {.body = kJson}});
    CHECK(bench.load().keys == AwsKeys{"AKJ", "SJ", "TJ"});
    REQUIRE(bench.http.asked.size() == 3);
    CHECK(bench.http.asked[0].method == "PUT");
    CHECK(bench.http.asked[0].url == "http://169.254.169.254/latest/api/token");
    CHECK(bench.http.asked[0].connect_timeout == std::chrono::seconds(1));
    CHECK(bench.sent(1, "x-aws-ec2-metadata-token") == "session");
    CHECK(bench.http.asked[2].url == "http://169.254.169.254/latest/meta-data/iam/security-credentials/my%20role");
    Bench elsewhere({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:99/"}},
                    {{.body = "s"}, {.body = "r"}, {.body = kJson}});
    elsewhere.load();
    CHECK(elsewhere.http.asked[0].url == "http://127.0.0.1:99/latest/api/token");
}

TEST_CASE("when nothing is found the error names what to set", "[s3][credentials]") {
    Bench no_instance({}, {{.error = Error(ErrorKind::unavailable, "timeout")}});
    Error error = no_instance.error();
    CHECK(error.kind() == ErrorKind::refused);
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "--no-sign-request"}) CHECK(has(error.advice(), name));
    Bench no_role({}, {{.body = "session"}, {.status = 404}});
    CHECK(no_role.error().kind() == ErrorKind::refused);
    Bench disabled(Variables{{"AWS_EC2_METADATA_DISABLED", "true"}});
    CHECK(disabled.error().kind() == ErrorKind::refused);
    CHECK(disabled.http.asked.empty());
}

TEST_CASE("no secret is in any message of the chain", "[s3][credentials]") {
    test::Files files(test::Texts{{"c", "[default]\naws_secret_access_key=canary\n"}, {"t", "canary"}});
    std::vector<Variables> all{
        {{"AWS_SECRET_ACCESS_KEY", "canary"}},
        {{"AWS_SHARED_CREDENTIALS_FILE", files.path("c")}},
        {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary\n"}},
        {{"AWS_WEB_IDENTITY_TOKEN_FILE", files.path("t")}, {"AWS_ROLE_ARN", "r"}}};
    for (Variables& variables : all) {
        Bench bench(variables, {{.status = 400, .body = "<html>"}});
        Error error = bench.error();
        CHECK(error.kind() != ErrorKind::bug);
        CHECK_FALSE(has(error_line("af", error, 69), "canary"));
    }
}

namespace {

struct Loads {
    explicit Loads(test::SteppedClock& c) : clock(c) {}
    test::SteppedClock& clock;
    int count = 0;
    std::chrono::seconds life{3600};
    bool fails = false;
    bool same_keys = false;
    Task<AwsCredentials> load() {
        ++count;
        co_await clock.sleep(std::chrono::milliseconds(1), {});
        if (fails) throw Error(ErrorKind::unavailable, "down");
        AwsCredentials out{{fmt::format("K{}", same_keys ? 1 : count), "S", ""}, clock.wall() + life, "test"};
        co_return out;
    }
};

Task<void> ask_into(CredentialSource& source, std::vector<std::string>& ids) {
    AwsCredentials credentials = co_await source.current({});
    ids.push_back(credentials.keys.access_key_id);
}

Task<void> renew_into(CredentialSource& source, AwsKeys rejected, std::vector<std::string>& ids) {
    AwsCredentials credentials = co_await source.renewed(rejected, {});
    ids.push_back(credentials.keys.access_key_id);
}

struct Cache {
    test::SteppedClock clock{test::SteppedClock::jumps};
    Loads loads{clock};
    CachedCredentials source{[this](std::stop_token) { return loads.load(); }, clock};
    std::string id() { return run_task(source.current({})).keys.access_key_id; }
};

}  // namespace

TEST_CASE("all who ask at the same time share one load", "[s3][credentials]") {
    Cache cache;
    std::vector<std::string> ids;
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 20; ++i) tasks.push_back(ask_into(cache.source, ids));
    run_task(join(std::move(tasks)));
    CHECK(ids == std::vector<std::string>(20, "K1"));
    CHECK(cache.loads.count == 1);

    std::vector<std::string> renewed;
    std::vector<Task<void>> renewals;
    for (int i = 0; i < 20; ++i) renewals.push_back(renew_into(cache.source, AwsKeys{"K1", "S", ""}, renewed));
    run_task(join(std::move(renewals)));
    CHECK(renewed == std::vector<std::string>(20, "K2"));
    CHECK(cache.loads.count == 2);
}

TEST_CASE("credentials are renewed five minutes before they expire", "[s3][credentials]") {
    Cache cache;
    CHECK(cache.id() == "K1");
    cache.clock.advance(std::chrono::minutes(54));
    CHECK(cache.id() == "K1");
    cache.clock.advance(std::chrono::minutes(2));
    CHECK(cache.id() == "K2");
}

TEST_CASE("keys that are still valid are kept when their renewal fails", "[s3][credentials]") {
    Cache cache;
    cache.id();
    cache.loads.fails = true;
    cache.clock.advance(std::chrono::minutes(56));
    CHECK(cache.id() == "K1");
    CHECK(cache.id() == "K1");
    CHECK(cache.loads.count == 2);
    cache.clock.advance(std::chrono::minutes(5));
    CHECK_THROWS_AS(cache.id(), Error);
}

TEST_CASE("a source with nothing newer ends in expired", "[s3][credentials]") {
    Cache cache;
    cache.loads.same_keys = true;
    cache.id();
    try {
        run_task(cache.source.renewed(AwsKeys{"K1", "S", ""}, {}));
        FAIL("renewed() must throw");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::expired);
    }
}

TEST_CASE("given keys and anonymous access need no chain", "[s3][credentials]") {
    Bench bench(Variables{{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "S"}});
    auto anonymous = make_credentials({.anonymous = true}, *bench.context);
    CHECK(run_task(anonymous->current({})).keys.access_key_id.empty());
    auto given = make_credentials({.keys = AwsKeys{"G", "S", ""}}, *bench.context);
    CHECK(run_task(given->current({})).keys.access_key_id == "G");
    CHECK_THROWS_AS(run_task(given->renewed(AwsKeys{"G", "S", ""}, {})), Error);
    auto chain = make_credentials({}, *bench.context);
    CHECK(run_task(chain->current({})).keys.access_key_id == "A");
}
