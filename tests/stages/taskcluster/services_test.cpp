#include "stages/taskcluster/notify.hpp"
#include "stages/taskcluster/s3_credentials.hpp"
#include "stages/taskcluster/secrets.hpp"
#include "tests/stages/taskcluster/client_bench.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace af;
using test::FakeHttp;
using test::error_of;
using test::run_task;

namespace {

using Reply = FakeHttp::Reply;

using Bench = test::ClientBench;

Reply keys(std::string id, std::string expires) {
    return {.body = R"({"credentials":{"accessKeyId":")" + id +
                    R"(","secretAccessKey":"s","sessionToken":"t"},"expires":")" + expires + "\"}"};
}

const S3Prefix kBelow{"telemetry", "v4/"};

}  // namespace

TEST_CASE("A secret is read by its whole name", "[taskcluster][secrets]") {
    Bench bench({{.body = R"({"secret":{"token":"abc"},"expires":"2026-11-24T03:29:37.131Z"})"}});
    CHECK(run_task(read_secret(bench.client, "project/test/s1", {})) == R"({"token":"abc"})");
    CHECK(bench.http.asked[0].url == "http://taskcluster/api/secrets/v1/secret/project%2Ftest%2Fs1");
}

TEST_CASE("A secret that cannot be read is named", "[taskcluster][secrets]") {
    Bench none({{.status = 404, .body = R"({"code":"ResourceNotFound","message":"Secret not found"})"}});
    const Error missing = error_of(read_secret(none.client, "project/test/none", {}));
    CHECK(missing.kind() == ErrorKind::not_found);
    CHECK(missing.item() == "project/test/none");
    Bench denied(
        {{.status = 403, .body = R"({"code":"InsufficientScopes","message":"missing:\n\n```\nsecrets:get:a\n```"})"}});
    CHECK(std::string(error_of(read_secret(denied.client, "a", {})).what()).find("secrets:get:a") != std::string::npos);
    Bench odd({{.body = R"({"secret":"canary"})"}});
    const Error wrong = error_of(read_secret(odd.client, "a", {}));
    CHECK(wrong.kind() == ErrorKind::corrupt);
    CHECK(std::string(wrong.what()).find("canary") == std::string::npos);
}

TEST_CASE("A secret is written whole, and an error tells nothing of it", "[taskcluster][secrets]") {
    Bench bench({{.body = "{}"}});
    const WallTime expires = bench.clock.wall() + std::chrono::hours(1);
    run_task(write_secret(bench.client, "project/x", Secret(std::string_view(R"({"key":"canary"})")), expires, {}));
    CHECK(bench.http.asked[0].method == "PUT");
    CHECK(bench.http.asked[0].url == "http://taskcluster/api/secrets/v1/secret/project%2Fx");
    CHECK(bench.http.asked[0].body == R"({"expires":"2023-11-15T00:13:20Z","secret":{"key":"canary"}})");
    Bench denied({{.status = 403, .body = R"({"code":"InsufficientScopes","message":"missing\n---\ncanary"})"}});
    const Error error = error_of(write_secret(denied.client, "project/x", Secret(std::string_view("{}")), expires, {}));
    CHECK(error.kind() == ErrorKind::refused);
    CHECK(error.item() == "project/x");
    CHECK(std::string(error.what()).find("canary") == std::string::npos);
}

TEST_CASE("Keys for a prefix of a bucket come from the auth service", "[taskcluster][s3_credentials]") {
    Bench bench({keys("AKIA1", "2023-11-15T00:13:20.000Z")});
    const AwsCredentials credentials = run_task(aws_s3_credentials(bench.client, kBelow, {}));
    CHECK(credentials.keys == AwsKeys{"AKIA1", "s", "t"});
    CHECK(credentials.expires == bench.clock.wall() + std::chrono::hours(1));
    CHECK(bench.http.asked[0].url == "http://taskcluster/api/auth/v1/aws/s3/read-only/telemetry/v4%2F");
    Bench denied({{.status = 403, .body = R"({"code":"InsufficientScopes","message":"missing"})"}});
    const Error error = error_of(aws_s3_credentials(denied.client, kBelow, {}));
    CHECK(error.kind() == ErrorKind::refused);
    CHECK(error.item() == "s3://telemetry/v4/");
    for (const char* body :
         {"{}", R"({"credentials":{"accessKeyId":"a"},"expires":"2023-11-15T00:13:20.000Z"})",
          R"({"credentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c"},"expires":"soon"})"}) {
        Bench odd({{.body = body}});
        CHECK(error_of(aws_s3_credentials(odd.client, kBelow, {})).kind() == ErrorKind::corrupt);
    }
}

TEST_CASE("Keys are kept until five minutes before they expire", "[taskcluster][s3_credentials]") {
    Bench bench({keys("AKIA1", "2023-11-15T00:13:20.000Z"), keys("AKIA2", "2023-11-15T01:10:00.000Z"),
                 keys("AKIA3", "2023-11-15T02:10:00.000Z")});
    const auto source = make_taskcluster_s3_credentials(bench.client, kBelow, bench.clock);
    CHECK(run_task(source->current({})).keys.access_key_id == "AKIA1");
    bench.clock.advance(std::chrono::minutes(54));
    CHECK(run_task(source->current({})).keys.access_key_id == "AKIA1");
    CHECK(bench.http.asked.size() == 1);
    bench.clock.advance(std::chrono::minutes(1));
    CHECK(run_task(source->current({})).keys.access_key_id == "AKIA2");
    CHECK(run_task(source->renewed(AwsKeys{"AKIA2", "s", "t"}, {})).keys.access_key_id == "AKIA3");
    CHECK(bench.http.asked.size() == 3);
}

TEST_CASE("A mail is sent with what the service takes", "[taskcluster][notify]") {
    Bench bench({Reply{.body = "OK"}});
    const std::string subject = std::string(254, 's') + "\xc3\xa9";
    run_task(send_email(bench.client,
                        {"me@example.org", subject, "done\n", std::string(60, 'l'), "https://tc.example.com/x"}, {}));
    const auto body = nlohmann::json::parse(bench.http.asked[0].body);
    CHECK(bench.http.asked[0].method == "POST");
    CHECK(bench.http.asked[0].url == "http://taskcluster/api/notify/v1/email");
    CHECK(body["address"] == "me@example.org");
    CHECK(body["subject"] == std::string(254, 's'));
    CHECK(body["content"] == "done\n");
    CHECK(body["link"]["text"] == std::string(40, 'l'));
    CHECK(body["link"]["href"] == "https://tc.example.com/x");
    CHECK(body.size() == 4);
}

TEST_CASE("Nothing is sent to what is no address", "[taskcluster][notify]") {
    for (const char* wrong :
         {"", "me", "@example.org", "me@", "-me@example.org", "me@example.org\r\nBcc: you@example.org",
          "a b@example.org", "\"me\"@example.org", "me@exam,ple.org", "me@you@example.org"}) {
        INFO(wrong);
        Bench bench({});
        CHECK(error_of(send_email(bench.client, {wrong, "s", "c"}, {})).kind() == ErrorKind::usage);
        CHECK(bench.http.asked.empty());
    }
    CHECK(is_email_address("first.last+tag%x@sub.example-host.org"));
}
