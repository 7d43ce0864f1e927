// The secret that tasks take their private keys from, as `af keygen` writes it: the present key and, while graphs
// sealed for it may still run, the ones before.
//
//   {"key": "-----BEGIN PRIVATE KEY-----...", "key-0123456789abcdef": "-----BEGIN...",
//    "created": {"<kid>": "2026-03-01T12:00:00Z", ...}}
//
// Every text with a private key in it counts, whatever its name is; what else the secret holds stays.
// Errors   Error(config) for what is no such secret; it repeats no word of it.
#pragma once

#include "stages/s3/aws_keys.hpp"
#include "stages/seal/keys.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// An envelope lives as long as its token (36 h at most); a task may start as late as its deadline (5 days at most).
inline constexpr std::chrono::hours kKeepOldKey{36 + 5 * 24};
inline constexpr std::chrono::hours kOldKeyAge{180 * 24};  // to be replaced by then

struct SecretKey {
    std::string kid;
    std::optional<WallTime> created;  // nullopt: the secret does not say
};

// The keys in the JSON text of a secret, the newest first; those of unknown date last.
std::vector<SecretKey> keys_in_secret(std::string_view secret);

// The secret with one more key, as of `now`. Leaves out keys whose successor is older than kKeepOldKey.
Secret with_new_key(std::string_view secret, const PrivateKey& key, WallTime now);

}  // namespace af
