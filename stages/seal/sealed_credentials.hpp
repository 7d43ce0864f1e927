// Session credentials of AWS in an envelope: what `af submit` puts into CREDENTIALS and a task takes out.
//
//   {"accessKeyId":"...","secretAccessKey":"...","sessionToken":"...","expiration":"2026-03-01T12:00:00Z"}
//
// All four and nothing else: keys that do not expire are not sent to tasks.
#pragma once

#include "stages/s3/aws_keys.hpp"
#include "stages/seal/envelope.hpp"

#include <string>
#include <string_view>

namespace af {

// Throws Error(config) when something is missing or holds what no credential of AWS does.
std::string seal_credentials(const PublicKey& key, const AwsCredentials& credentials, std::string_view task_group_id);

// Errors as open_text(); Error(config) when what was sealed is not the text above. Expired ones are returned too.
AwsCredentials open_credentials(const KeyRing& ring, std::string_view envelope, std::string_view task_group_id);

}  // namespace af
