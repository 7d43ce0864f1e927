#include "stages/taskcluster/service_failure.hpp"

#include "stages/s3/dates.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

constexpr const char* kTrailer =
    R"(\n\n---\n\n* method:     createTask\n* errorCode:  X\n* statusCode: 4\n* time:       2026-11-24T02:22:20.192Z)";

std::string body_of(std::string code, std::string message) {
    return R"({"code":")" + code + R"(","message":")" + message + kTrailer +
           R"(","requestInfo":{"method":"createTask","time":"2026-11-24T02:22:20.192Z"}})";
}

Error error_for(int status, const std::string& body, HttpHeaders headers = {}) {
    return to_error(read_service_failure(status, headers, body));
}

}  // namespace

TEST_CASE("Missing scopes are listed in one line, choices as such", "[taskcluster][failure]") {
    const std::string message =
        R"(Client ID static/test/limited does not have sufficient scopes and is missing the following )"
        R"(scopes:\n\n```\n{\n  \"AllOf\": [\n    \"secrets:get:x\",\n    \"queue:route:index.foo.bar\",)"
        R"(\n    {\n      \"AnyOf\": [\n        \"queue:create-task:highest:proj-test/ci\",)"
        R"(\n        \"queue:create-task:high:proj-test/ci\"\n      ]\n    }\n  ]\n}\n```\n\nThis request requires )"
        R"(the client to satisfy the following scope expression:\n\n```\n{\n  \"AllOf\": [\n    )"
        R"(\"queue:scheduler-id:test-scheduler\"\n  ]\n}\n```)";
    const ServiceFailure failure =
        read_service_failure(403, {{"X-For-Request-Id", "R1"}}, body_of("InsufficientScopes", message));
    CHECK(failure.missing ==
          std::vector<std::string>{
              "secrets:get:x", "queue:route:index.foo.bar",
              "one of (queue:create-task:highest:proj-test/ci | queue:create-task:high:proj-test/ci)"});
    const Error error = to_error(failure);
    CHECK(error.kind() == ErrorKind::refused);
    CHECK(
        std::string(error.what()) ==
        "HTTP 403 InsufficientScopes: Client ID static/test/limited does not have sufficient scopes and is missing the "
        "following scopes: secrets:get:x, queue:route:index.foo.bar, one of (queue:create-task:highest:proj-test/ci | "
        "queue:create-task:high:proj-test/ci)");
    CHECK(error.request_id() == "R1");
    CHECK_FALSE(error.advice().empty());
}

TEST_CASE("A single missing scope needs no expression", "[taskcluster][failure]") {
    const std::string message = R"(This request requires Taskcluster credentials that satisfy the following scope )"
                                R"(expression:\n\n```\nqueue:status:NbeaHwPgRyeQiwf1LCLuZA\n```)";
    const ServiceFailure failure = read_service_failure(403, {}, body_of("InsufficientScopes", message));
    CHECK(failure.missing == std::vector<std::string>{"queue:status:NbeaHwPgRyeQiwf1LCLuZA"});
    CHECK(to_error(failure).advice().find("taskcluster signin") != std::string::npos);
}

TEST_CASE("A message becomes one line without its trailer", "[taskcluster][failure]") {
    const Error error = error_for(
        400,
        body_of(
            "InputError",
            R"(`task.dependencies` references non-existing tasks: \n * GDB4Tih8T1mpKr7nIiKU5w\nAll taskIds **must** )"
            R"(exist)"));
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()) ==
          "HTTP 400 InputError: `task.dependencies` references non-existing tasks: * GDB4Tih8T1mpKr7nIiKU5w All "
          "taskIds **must** exist");
}

TEST_CASE("Bodies that are no Taskcluster error leave the status to judge by", "[taskcluster][failure]") {
    const Error gateway = error_for(502, "<html>\n<head><title>502 Bad Gateway</title></head>\x1b[31m");
    CHECK(gateway.kind() == ErrorKind::unavailable);
    CHECK(std::string(gateway.what()) == "HTTP 502: <html> <head><title>502 Bad Gateway</title></head>\\x1b[31m");
    const Error no_service = error_for(404, "");
    CHECK(no_service.kind() == ErrorKind::not_found);
    CHECK(no_service.advice().find("TASKCLUSTER_ROOT_URL") != std::string::npos);
    CHECK(error_for(401, "[]").kind() == ErrorKind::refused);
    CHECK(error_for(409, R"({"message":17})").kind() == ErrorKind::refused);
    CHECK(error_for(303, "").kind() == ErrorKind::refused);
    CHECK(error_for(500, std::string(100'000, '[')).kind() == ErrorKind::unavailable);
    CHECK(std::string(error_for(500, std::string(100'000, 'x')).what()).size() < 200);
}

TEST_CASE("An error artifact is one that is missing, with the worker's reason", "[taskcluster][failure]") {
    const Error error = error_for(424, R"({"reason":"file-missing-on-worker","message":"no such file"})");
    CHECK(error.kind() == ErrorKind::not_found);
    CHECK(std::string(error.what()) == "HTTP 424 file-missing-on-worker: no such file");
}

TEST_CASE("A certificate that has run out is told apart from one that is wrong", "[taskcluster][failure]") {
    CHECK(error_for(401, body_of("AuthenticationFailed", "ext.certificate.expiry < now")).kind() == ErrorKind::expired);
    CHECK(error_for(401, body_of("AuthenticationFailed", "ext.certificate.signature is not valid")).kind() ==
          ErrorKind::refused);
}

TEST_CASE("The server's time is read from the Date header, else from the body", "[taskcluster][failure]") {
    const std::string body = body_of("AuthenticationFailed", "Unauthorized: Stale timestamp");
    const ServiceFailure by_body = read_service_failure(401, {}, body);
    REQUIRE(by_body.time);
    CHECK(to_iso_date(*by_body.time) == "2026-11-24T02:22:20Z");
    const ServiceFailure by_header = read_service_failure(401, {{"Date", "Tue, 24 Nov 2026 02:30:00 GMT"}}, body);
    REQUIRE(by_header.time);
    CHECK(to_iso_date(*by_header.time) == "2026-11-24T02:30:00Z");
}

TEST_CASE("An endless scope expression ends", "[taskcluster][failure]") {
    std::string deep;
    for (int i = 0; i < 60; ++i) deep += R"({\"AllOf\":[)";
    deep += R"(\"a\")";
    for (int i = 0; i < 60; ++i) deep += "]}";
    const ServiceFailure failure =
        read_service_failure(403, {}, body_of("InsufficientScopes", "missing:\\n```\\n" + deep + "\\n```"));
    CHECK(failure.missing.empty());
    CHECK(failure.message == "missing");
}
