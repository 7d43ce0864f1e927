// The RSA keys of the envelope: what `af keygen` makes, `af submit` seals with and a task opens with.
//
// Files    PEM: "PUBLIC KEY" (SubjectPublicKeyInfo) and "PRIVATE KEY" (PKCS #8) or "RSA PRIVATE KEY". Unencrypted: a
//          task has nobody to ask for a passphrase.
// Id       kid: the first 16 hex digits of SHA-256 over the DER of the SubjectPublicKeyInfo.
// Errors   Error(config) that begins with `name`, the file or variable the text came from, and holds none of the text.
// Threads  values that do not change; used from any thread.
#pragma once

#include "engine/secret.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace af {

inline constexpr int kLeastKeyBits = 2048;  // smaller ones are refused
inline constexpr int kNewKeyBits = 3072;
inline constexpr std::size_t kKidDigits = 16;

struct FreeKey {
    void operator()(evp_pkey_st* key) const noexcept;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

class PublicKey {
public:
    static PublicKey from_pem(std::string_view pem, std::string_view name);

    const std::string& kid() const noexcept { return kid_; }
    evp_pkey_st* handle() const noexcept { return key_.get(); }

private:
    explicit PublicKey(KeyHandle key);
    KeyHandle key_;
    std::string kid_;
};

class PrivateKey {
public:
    static PrivateKey generate();  // kNewKeyBits; takes about a second

    const std::string& kid() const noexcept { return kid_; }
    evp_pkey_st* handle() const noexcept { return key_.get(); }
    Secret private_pem() const;
    std::string public_pem() const;

private:
    friend class KeyRing;
    explicit PrivateKey(KeyHandle key);
    KeyHandle key_;
    std::string kid_;
};

// The keys a task may open envelopes with: the present one and, while graphs sealed for it may still run (36 h of token
// and 5 days of deadline), the one before.
class KeyRing {
public:
    // One or more private keys, one after the other; text between them is skipped.
    static KeyRing from_pem(std::string_view pem, std::string_view name);

    const PrivateKey* find(std::string_view kid) const noexcept;
    std::vector<std::string> kids() const;

private:
    std::vector<PrivateKey> keys_;
};

}  // namespace af
