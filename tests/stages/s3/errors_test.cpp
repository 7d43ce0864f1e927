#include "stages/s3/errors.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

S3Failure failure(int status, std::string code = "", std::string region = "") {
    S3Failure out;
    out.status = status;
    out.code = std::move(code);
    out.region = std::move(region);
    return out;
}

}  // namespace

TEST_CASE("an S3 reply is judged by its code before its status", "[s3][errors]") {
    struct Case {
        S3Failure failure;
        S3Verdict verdict;
        ErrorKind kind;
    };
    const std::vector<Case> cases{
        {failure(500), S3Verdict::transient, ErrorKind::unavailable},
        {failure(500, "InternalError"), S3Verdict::transient, ErrorKind::unavailable},
        {failure(200, "InternalError"), S3Verdict::transient, ErrorKind::unavailable},
        {failure(502), S3Verdict::transient, ErrorKind::unavailable},
        {failure(504), S3Verdict::transient, ErrorKind::unavailable},
        {failure(503), S3Verdict::transient, ErrorKind::unavailable},
        {failure(400, "RequestTimeout"), S3Verdict::transient, ErrorKind::unavailable},
        {failure(503, "SlowDown"), S3Verdict::throttled, ErrorKind::unavailable},
        {failure(429), S3Verdict::throttled, ErrorKind::unavailable},
        {failure(400, "ThrottlingException"), S3Verdict::throttled, ErrorKind::unavailable},
        {failure(400, "RequestLimitExceeded"), S3Verdict::throttled, ErrorKind::unavailable},
        {failure(403, "RequestTimeTooSkewed"), S3Verdict::clock_skew, ErrorKind::unavailable},
        {failure(400, "ExpiredToken"), S3Verdict::refresh_credentials, ErrorKind::expired},
        {failure(403, "InvalidToken"), S3Verdict::refresh_credentials, ErrorKind::expired},
        {failure(301, "PermanentRedirect"), S3Verdict::redirect, ErrorKind::refused},
        {failure(307), S3Verdict::redirect, ErrorKind::refused},
        {failure(400, "AuthorizationHeaderMalformed", "eu-west-1"), S3Verdict::redirect, ErrorKind::refused},
        {failure(400, "AuthorizationHeaderMalformed"), S3Verdict::never, ErrorKind::refused},
        {failure(403, "AccessDenied"), S3Verdict::never, ErrorKind::refused},
        {failure(403, "SignatureDoesNotMatch"), S3Verdict::never, ErrorKind::refused},
        {failure(401), S3Verdict::never, ErrorKind::refused},
        {failure(404, "NoSuchKey"), S3Verdict::never, ErrorKind::not_found},
        {failure(404, "NoSuchBucket"), S3Verdict::never, ErrorKind::not_found},
        {failure(405), S3Verdict::never, ErrorKind::refused},
        {failure(410), S3Verdict::never, ErrorKind::not_found},
        {failure(412, "PreconditionFailed"), S3Verdict::never, ErrorKind::corrupt},
        {failure(416, "InvalidRange"), S3Verdict::never, ErrorKind::corrupt},
        {failure(400, "InvalidRequest"), S3Verdict::never, ErrorKind::refused},
        {failure(501, "NotImplemented"), S3Verdict::never, ErrorKind::unavailable},
    };
    for (const Case& one : cases) {
        INFO(one.failure.status << " " << one.failure.code);
        CHECK(classify(one.failure) == one.verdict);
        CHECK(to_error(one.failure, "s3://b/k").kind() == one.kind);
    }
}

TEST_CASE("an S3 error says which object, which request and what to do", "[s3][errors]") {
    S3Failure denied = failure(403, "AccessDenied");
    denied.message = "Access Denied";
    denied.request_id = "R1";
    Error error = to_error(denied, "s3://b/k");
    CHECK(std::string(error.what()) == "HTTP 403 AccessDenied: Access Denied");
    CHECK(error.item() == "s3://b/k");
    CHECK(error.request_id() == "R1");
    CHECK(error.advice().find("s3:GetObject") != std::string::npos);
    CHECK(std::string(to_error(failure(412), "s3://b/k").what()).find("OBJECT_CHANGED") == 0);
    CHECK(std::string(to_error(failure(403, "RequestTimeTooSkewed"), "s3://b/k").what()).find("CLOCK_SKEW") == 0);
}
