#include "stages/seal/sealed_credentials.hpp"

#include "engine/error.hpp"
#include "stages/s3/dates.hpp"
#include "tests/stages/seal/seal_vectors.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

AwsCredentials session() {
    return {
        .keys = {"ASIAEXAMPLE", "s/e+c", "tok="}, .expires = parse_iso_date("2030-01-02T03:04:05Z"), .source = "STS"};
}

std::string refusal(const std::string& plain) {
    const KeyRing ring = KeyRing::from_pem(vector_ring(), "ring");
    try {
        open_credentials(ring, seal_text(PublicKey::from_pem(vector_public(0), "public"), plain, vector_group()),
                         vector_group());
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        return error.what();
    }
    return "opened";
}

}  // namespace

TEST_CASE("session credentials come out of the envelope as they went in", "[seal]") {
    const KeyRing ring = KeyRing::from_pem(vector_ring(), "ring");
    const std::string envelope =
        seal_credentials(PublicKey::from_pem(vector_public(1), "public"), session(), vector_group());
    const AwsCredentials opened = open_credentials(ring, envelope, vector_group());
    CHECK(opened.keys == session().keys);
    CHECK(opened.expires == session().expires);
    CHECK(opened.source == "envelope");
    CHECK(open_credentials(ring, seal_vectors()["envelopes"][0]["envelope"].get<std::string>(), vector_group()).keys ==
          session().keys);
}

TEST_CASE("what is sealed must be whole session credentials and nothing else", "[seal]") {
    const std::string whole = R"("accessKeyId":"A","secretAccessKey":"canary","sessionToken":"T")";
    CHECK(refusal("{" + whole + R"(,"expiration":"2030-01-01T00:00:00Z"})") == "opened");
    CHECK(refusal("{" + whole + "}") == "sealed credentials: \"expiration\" is missing");
    CHECK(refusal("{" + whole + R"(,"expiration":"soon"})") == "sealed credentials: \"expiration\" is not a date");
    CHECK(refusal("{" + whole + R"(,"expiration":"2030-01-01T00:00:00Z","canary":"x"})") ==
          "sealed credentials: a member is unknown to this version");
    CHECK(refusal(R"({"accessKeyId":"A","secretAccessKey":"can ary","sessionToken":"T",)"
                  R"("expiration":"2030-01-01T00:00:00Z"})") ==
          "sealed credentials: \"secretAccessKey\" is empty or holds what it cannot");
    CHECK(refusal("canary").find("canary") == std::string::npos);
}

TEST_CASE("keys that do not expire, or hold what no key does, are not sealed", "[seal]") {
    const PublicKey key = PublicKey::from_pem(vector_public(0), "public");
    AwsCredentials forever = session(), broken = session(), long_lived = session();
    forever.expires.reset();
    broken.keys.secret_access_key = "a\"b";
    long_lived.keys.session_token.clear();
    for (const AwsCredentials& credentials : {forever, broken, long_lived})
        CHECK_THROWS_AS(seal_credentials(key, credentials, vector_group()), Error);
}
