// AWS Signature Version 4 in the Authorization header. The time is an argument.
//
// Source   AWS General Reference, "Create a signed AWS API request"; S3 API reference, "Authenticating Requests".
//          Checked against botocore's signer (tests/stages/s3/botocore_vectors.json).
#pragma once

#include "engine/http.hpp"
#include "stages/s3/aws_keys.hpp"
#include "stages/s3/hash.hpp"

#include <string>

namespace af {

struct SigningScope {
    std::string region;
    std::string service = "s3";  // signs the path as it is; every other service normalizes and encodes it once more
    WallTime at;
};

// The steps of one signature, for tests and for messages about a signature that does not match.
struct Signature {
    std::string canonical_request;
    std::string string_to_sign;
    std::string authorization;
};

// The key of the day, region and service last asked for: to derive it costs four of a signature's five HMACs.
class SigningKey {
public:
    const Sha256Digest& of(const AwsKeys& keys, const SigningScope& scope);

private:
    std::string derived_from_;
    Sha256Digest key_{};
};

// Signs every header the request carries then, but expect, user-agent, x-amzn-trace-id and authorization.
Signature signature_of(const HttpRequest& request, const AwsKeys& keys, const SigningScope& scope, SigningKey& key);

// Adds x-amz-date, x-amz-content-sha256 (S3), x-amz-security-token (with a session) and Authorization, in place of what
// an earlier signature left.
void sign(HttpRequest& request, const AwsKeys& keys, const SigningScope& scope, SigningKey& key);
void sign(HttpRequest& request, const AwsKeys& keys, const SigningScope& scope);  // one alone

// "20130524T000000Z"
std::string amz_date(WallTime at);

}  // namespace af
