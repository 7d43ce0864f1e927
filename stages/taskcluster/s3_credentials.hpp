// AWS keys from Taskcluster's auth service: good for about an hour, for one prefix of one bucket, to read only.
//
// Needs    auth:aws-s3:read-only:<bucket>/<prefix>, and a bucket that the deployment knows.
// Source   auth API, awsS3Credentials.
#pragma once

#include "stages/s3/credentials.hpp"
#include "stages/taskcluster/client.hpp"

namespace af {

struct S3Prefix {
    std::string bucket;
    std::string prefix;  // does not begin with '/'; end it with '/' unless keys that merely begin alike are meant
};

// Errors  not_found (a bucket unknown to the deployment), refused, corrupt, unavailable; about s3://bucket/prefix.
Task<AwsCredentials> aws_s3_credentials(TaskclusterClient& client, S3Prefix below, std::stop_token stop);

// Renewed 5 minutes before they expire, and once when the store calls them expired. `client` and `clock` outlive it.
std::unique_ptr<CredentialSource> make_taskcluster_s3_credentials(TaskclusterClient& client, S3Prefix below,
                                                                  Clock& clock);

}  // namespace af
