// ObjectStore over the S3 protocol: ListObjectsV2 and GetObject, signed, over any HttpClient.
//
// Names    s3://bucket/key, the key as it is (any bytes).
// Again    what fails before a body starts is retried as `retrier` says; every attempt is signed anew. Once for each
//          call: with the server's clock (RequestTimeTooSkewed), with renewed credentials (ExpiredToken), for the
//          bucket's own region. The clock's offset and the regions are remembered for later calls.
// Errors   not_found, refused (also REDIRECT_REFUSED), expired, corrupt (OBJECT_CHANGED), unavailable (also
//          CLOCK_SKEW), usage (a name that is none).
// Threads  the network executor; `http`, `credentials` and what `retrier` refers to outlive the store.
// Source   S3 API reference; rows F1-F18 of the fault matrix.
#pragma once

#include "engine/retry.hpp"
#include "stages/object_store.hpp"
#include "stages/s3/credentials.hpp"
#include "stages/s3/endpoint.hpp"
#include "stages/s3/sigv4.hpp"
#include "stages/s3/xml.hpp"

#include <map>

namespace af {

struct S3Options {
    S3Endpoint endpoint{};
    std::string region = "us-east-1";
    bool requester_pays = false;
    unsigned page_size = 1000;  // keys a page, at most 1000
};

class S3Store final : public ObjectStore {
public:
    S3Store(HttpClient& http, CredentialSource& credentials, Retrier retrier, S3Options options = {});

    Task<ListPage> list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) override;
    // A range that the server ignores gives offset 0. An offset at the very end of the object gives an empty body.
    Task<OpenObject> open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) override;

private:
    struct Call;
    Task<Attempt<HttpResponse>> exchange(Call& call, int attempt, std::stop_token stop);
    Task<Attempt<ListBucketResult>> list_once(Call& call, int attempt, std::stop_token stop);
    Task<Attempt<HttpResponse>> open_once(Call& call, int attempt, std::stop_token stop);
    HttpRequest signed_request(const Call& call, const AwsCredentials& credentials, int attempt);
    const std::string& region_of(const Call& call) const;
    Task<Result<AwsCredentials>> credentials_for(Call& call, std::stop_token stop);
    std::optional<Setback> setback_after(Call& call, const S3Failure& failure, const HttpHeaders& headers,
                                         const AwsKeys& keys);
    Result<void> correct_clock(Call& call, const S3Failure& failure, const HttpHeaders& headers);
    Result<void> follow(Call& call, const S3Failure& failure);

    HttpClient& http_;
    CredentialSource& credentials_;
    Retrier retrier_;
    S3Options options_;
    SigningKey signing_key_;
    std::chrono::seconds clock_offset_{0};        // the server's clock minus ours
    std::map<std::string, std::string> regions_;  // of buckets that told us
};

}  // namespace af
