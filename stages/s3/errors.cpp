#include "stages/s3/errors.hpp"

#include "stages/s3/content_range.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace af {
namespace {

using Name = std::string_view;

constexpr std::array<Name, 8> kThrottled{
    "SlowDown",          "RequestLimitExceeded",     "TooManyRequestsException", "TooManyRequests",
    "RequestThrottled",  "BandwidthLimitExceeded",   "LimitExceededException",   "PriorRequestNotComplete"};
constexpr std::array<Name, 6> kTransient{"InternalError",           "InternalFailure",    "RequestTimeout",
                                          "RequestTimeoutException", "ServiceUnavailable", "OperationAborted"};
constexpr std::array<Name, 2> kSkewed{"RequestTimeTooSkewed", "RequestExpired"};
constexpr std::array<Name, 5> kStale{"ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired",
                                      "ExpiredIdentityToken"};
constexpr std::array<Name, 4> kElsewhere{"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
                                          "IllegalLocationConstraintException"};

template <std::size_t N>
bool is_one_of(std::string_view code, const std::array<Name, N>& names) {
    return std::find(names.begin(), names.end(), code) != names.end();
}

ErrorKind kind_of(const S3Failure& failure) {
    switch (classify(failure)) {
        case S3Verdict::transient:
        case S3Verdict::throttled:
        case S3Verdict::clock_skew: return ErrorKind::unavailable;
        case S3Verdict::refresh_credentials: return ErrorKind::expired;
        case S3Verdict::redirect: return ErrorKind::refused;
        case S3Verdict::never: break;
    }
    switch (failure.status) {
        case 404:
        case 410: return ErrorKind::not_found;
        case 401:
        case 403: return ErrorKind::refused;
        case 412:
        case 416: return ErrorKind::corrupt;
        default: return failure.status >= 500 ? ErrorKind::unavailable : ErrorKind::refused;
    }
}

std::string_view hint_of(const S3Failure& failure) {
    switch (classify(failure)) {
        case S3Verdict::transient: return "The store had a failure of its own; try again later.";
        case S3Verdict::throttled:
            return "The store asks for fewer requests; try again later or with fewer connections.";
        case S3Verdict::clock_skew: return "Set this machine's clock: a signature is valid within 15 minutes only.";
        case S3Verdict::refresh_credentials:
            return "The temporary credentials have run out: get new ones and run again.";
        case S3Verdict::redirect: return "Set AWS_REGION to the region of the bucket.";
        case S3Verdict::never: break;
    }
    if (failure.code == "NoSuchBucket") return "Check the name of the bucket and the endpoint.";
    if (failure.code == "InvalidObjectState") return "The object is archived; restore it first.";
    if (failure.code == "InvalidAccessKeyId" || failure.code == "SignatureDoesNotMatch")
        return "The store does not accept the access key; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.";
    if (failure.status == 404) return "Check the key; an object listed before may have been deleted since.";
    if (failure.status == 403)
        return "The credentials may not read this; s3:GetObject and s3:ListBucket are needed, or "
               "--no-sign-request for a public bucket.";
    if (failure.status == 412) return "The object was overwritten while it was read; run again.";
    return "";
}

std::string_view summary_of(const S3Failure& failure) {
    if (classify(failure) == S3Verdict::clock_skew) return "CLOCK_SKEW: ";
    if (failure.status == 412) return "OBJECT_CHANGED: ";
    return "";
}

}  // namespace

std::string header_text(const HttpHeaders& headers, std::string_view name) {
    return std::string(find_header(headers, name).value_or(""));
}

S3Failure failure_of(const HttpResponse& response) {
    S3Failure out;
    out.status = response.status;
    out.region = header_text(response.headers, "x-amz-bucket-region");
    out.location = header_text(response.headers, "location");
    out.request_id = header_text(response.headers, "x-amz-request-id");
    out.object_size = parse_unsatisfied(header_text(response.headers, "content-range"));
    return out;
}

S3Verdict classify(const S3Failure& failure) {
    const std::string& code = failure.code;
    if (is_one_of(code, kThrottled) || code.starts_with("Throttl") || failure.status == 429)
        return S3Verdict::throttled;
    if (is_one_of(code, kSkewed)) return S3Verdict::clock_skew;
    if (is_one_of(code, kStale)) return S3Verdict::refresh_credentials;
    if (failure.status >= 300 && failure.status < 400 && failure.status != 304) return S3Verdict::redirect;
    if (is_one_of(code, kElsewhere) && (!failure.region.empty() || !failure.location.empty()))
        return S3Verdict::redirect;
    if (is_one_of(code, kTransient)) return S3Verdict::transient;
    switch (failure.status) {
        case 408:
        case 500:
        case 502:
        case 503:
        case 504: return S3Verdict::transient;
        default: return S3Verdict::never;
    }
}

Error to_error(const S3Failure& failure, std::string_view object) {
    std::string text = fmt::format("{}HTTP {}", summary_of(failure), failure.status);
    if (!failure.code.empty()) text += " " + failure.code;
    if (!failure.message.empty()) text += ": " + failure.message;
    Error error(kind_of(failure), std::move(text));
    return std::move(error).about(object).hint(hint_of(failure)).request(failure.request_id);
}

}  // namespace af
