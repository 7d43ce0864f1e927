// The secrets service: small JSON objects that a scope gives access to.
#pragma once

#include "engine/secret.hpp"
#include "stages/s3/aws_keys.hpp"
#include "stages/taskcluster/client.hpp"

namespace af {

// The JSON text of the secret's value. `name` as in the service, slashes included. Needs secrets:get:<name>.
// Errors  not_found (unknown or expired), refused (the scope is missing), about the name; never a word of the value.
Task<std::string> read_secret(TaskclusterClient& client, std::string name, std::stop_token stop);

// Puts `value`, the text of a JSON object, in the place of what the secret was. Needs secrets:set:<name>.
// Errors  as above.
Task<void> write_secret(TaskclusterClient& client, std::string name, Secret value, WallTime expires,
                        std::stop_token stop);

}  // namespace af
