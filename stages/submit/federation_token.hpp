// Temporary AWS keys that may read what one job reads, and no more: STS GetFederationToken.
//
// Bounds   policy at most 2,048 characters; 900 s <= duration <= 129,600 s (36 h). Both are checked before the call.
// Errors   usage: a duration or name out of bounds; config: a policy that is; refused: STS says no, with its code, or
//          the clock is wrong; expired: the keys that sign have run out; corrupt: an answer that is none; unavailable
//          after 3 attempts (R4). No message holds a secret, a session token or the body of a good answer.
// Clock    a signature that STS calls outdated is made once more by the time in its reply.
// Threads  the network executor.
// Source   AWS STS API reference, GetFederationToken (version 2011-06-15); rows F42 and 2.2 of the fault matrix.
#pragma once

#include "engine/http.hpp"
#include "engine/retry.hpp"
#include "stages/environment.hpp"
#include "stages/records.hpp"
#include "stages/s3/aws_keys.hpp"

#include <chrono>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace af {

inline constexpr std::size_t kMostPolicyBytes = 2'048;
inline constexpr std::chrono::seconds kShortestToken{900};
inline constexpr std::chrono::seconds kLongestToken{129'600};

// "bucket" and what all keys of it that are read begin with; "" for the whole bucket.
struct ReadPrefix {
    std::string bucket;
    std::string prefix;
    bool operator==(const ReadPrefix&) const = default;
};

// One a bucket or more: the longest common prefixes of the objects' names (s3:// only; others are skipped), cut at a
// '/', split further while there are at most `most` of them. Sorted. Throws Error(usage) for a bucket that is none.
std::vector<ReadPrefix> common_prefixes(std::span<const ObjectRef> objects, std::size_t most = 8);

// The policy that lets GetObject and ListBucket happen below these prefixes. Fewer, shorter prefixes are the caller's
// way out when it is above kMostPolicyBytes: common_prefixes() with a smaller `most`. ASCII; what IAM takes for
// wildcards and variables stands for itself. `region` is one of the buckets', for the partition in their names. Throws
// Error(usage) for a prefix that is not UTF-8.
std::string read_policy(std::span<const ReadPrefix> prefixes, std::string_view region = "");

// 2-32 of [\w+=,.@-], from an e-mail address or a name.
std::string federation_name(std::string_view owner);

struct StsOptions {
    std::string url;     // "https://sts.eu-west-1.amazonaws.com" or AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL
    std::string region;  // signed for
};
// From the environment (AWS_ENDPOINT_URL_STS > AWS_ENDPOINT_URL > AWS) and the region. Error(refused) for plain http to
// another host than this one, for the answer is a secret, and for a link-local address; Error(config) without a region.
Result<StsOptions> resolve_sts(const Environment& environment, const std::string& region);

struct FederationRequest {
    std::string name;
    std::string policy;  // read_policy()
    std::chrono::seconds duration{0};
};

struct FederationToken {
    AwsCredentials credentials;
    unsigned packed_policy_percent = 0;  // above 90 a warning is due
};

// `retrier`: its clock and random; the policy is R4 whatever it says.
Task<FederationToken> get_federation_token(HttpClient& http, Retrier retrier, StsOptions sts, AwsKeys signer,
                                           FederationRequest request, std::stop_token stop);

}  // namespace af
