// The envelope that carries credentials to the tasks of one task group, in a variable that anybody may read.
//
//   {"v":1,"kid":"0123456789abcdef","alg":"RSA-OAEP-256","enc":"A256GCM","ek":"...","iv":"...","ct":"...","tag":"..."}
//
// A fresh AES-256 key encrypts the text (ct, tag; iv of 12 random bytes) and is itself encrypted for the RSA key `kid`
// (ek). Bound into the tag: "1|kid|alg|enc|taskGroupId", so an envelope copied into a task of another group opens
// nothing. One line, at most 64 KiB, values in strict base64.
//
// Errors   Error(config), exit 78. What is not an envelope of version 1 says so: no other version, cipher or padding is
//          ever tried. What cannot be decrypted has one text, "cannot decrypt credentials (kid=...)": wrong key,
//          changed by a bit, of another group.
// Source   docs of RFC 7518 for the names of alg and enc; fault matrix 2.2.
#pragma once

#include "engine/secret.hpp"
#include "stages/seal/keys.hpp"

#include <string>
#include <string_view>

namespace af {

inline constexpr std::size_t kMostEnvelopeBytes = 64 << 10;

// Throws Error(config) when `task_group_id` is no id of Taskcluster, or when the envelope would be above
// kMostEnvelopeBytes.
std::string seal_text(const PublicKey& key, std::string_view plain, std::string_view task_group_id);

Secret open_text(const KeyRing& ring, std::string_view envelope, std::string_view task_group_id);

}  // namespace af
