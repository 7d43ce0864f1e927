// What all actions of STS share: where they are asked, and the credentials they answer with. Pure.
//
// Source   AWS STS API reference, version 2011-06-15.
#pragma once

#include "stages/environment.hpp"
#include "stages/s3/aws_keys.hpp"
#include "stages/s3/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace af {

// AWS_ENDPOINT_URL_STS > AWS_ENDPOINT_URL > sts.<region>.amazonaws.com. Error(config): no region; Error(refused): no
// URL, or a link-local host. Its path is never empty, its query always.
Result<Url> sts_endpoint(const Environment& environment, std::string_view region);

struct StsReply {
    AwsCredentials credentials;  // complete, with an expiry
    unsigned packed_policy_percent = 0;
};
// nullopt: no answer to `action` ("GetFederationToken"), or one without complete credentials.
std::optional<StsReply> parse_sts_reply(std::string_view xml, const std::string& action);

}  // namespace af
