// The services that hand out temporary credentials.
//
// Source   STS API reference, AssumeRoleWithWebIdentity; ECS and EKS container credentials; EC2 user guide, IMDSv2.
#pragma once

#include "stages/s3/credentials.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace af {

struct WebIdentity {
    std::string token_file;
    std::string role_arn;
    std::string session_name;  // empty: one of ours
};

// Asks AWS_ENDPOINT_URL_STS > AWS_ENDPOINT_URL > the region's sts.<region>.amazonaws.com. 3 attempts. Throws refused
// (the role may not be assumed), config (no token file), unavailable.
Task<AwsCredentials> assume_role_with_web_identity(const CredentialContext& context, WebIdentity identity,
                                                   std::stop_token stop);

// nullopt: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor ..._FULL_URI is set. 3 attempts.
Task<std::optional<AwsCredentials>> container_credentials(const CredentialContext& context, std::stop_token stop);

// nullopt: AWS_EC2_METADATA_DISABLED, nobody answers within a second, or the instance has no role.
Task<std::optional<AwsCredentials>> instance_credentials(const CredentialContext& context, std::stop_token stop);

}  // namespace af
