// The two ciphers of the envelope, over OpenSSL's EVP.
//
// Errors   a ciphertext that does not decrypt is nullopt, without a reason: nobody may learn which check failed.
//          Error(os) when OpenSSL itself fails.
// Source   RFC 8017 (RSAES-OAEP with SHA-256 and MGF1 over SHA-256, empty label), NIST SP 800-38D (AES-256-GCM).
#pragma once

#include "engine/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace af {

inline constexpr std::size_t kContentKeyBytes = 32;
inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

// From the generator that OpenSSL keeps for secrets.
Secret random_secret(std::size_t bytes);

std::string rsa_oaep_encrypt(evp_pkey_st* key, std::string_view plain);
std::optional<Secret> rsa_oaep_decrypt(evp_pkey_st* key, std::string_view cipher);

struct GcmSealed {
    std::string cipher;
    std::string tag;
};
// `key` has kContentKeyBytes, `nonce` kNonceBytes and is never used twice with it.
GcmSealed aes_gcm_encrypt(std::string_view key, std::string_view nonce, std::string_view bound, std::string_view plain);
// nullopt too for a key, nonce or tag of another length.
std::optional<Secret> aes_gcm_decrypt(std::string_view key, std::string_view nonce, std::string_view bound,
                                      const GcmSealed& sealed);

}  // namespace af
