#include "stages/seal/keys.hpp"

#include "engine/error.hpp"
#include "stages/s3/hash.hpp"

#include <algorithm>
#include <climits>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <optional>

namespace af {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Error refusal(std::string_view name, std::string_view why) {
    return Error(ErrorKind::config, fmt::format("{}: {}", name, why));
}

struct PemBlock {
    std::string label;
    bool encrypted = false;
    Secret der;
};

// nullopt after the last one.
std::optional<PemBlock> next_block(BIO* bio, std::string_view name) {
    char* label = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(bio, &label, &header, &data, &size) != 1) {
        const int reason = ERR_GET_REASON(ERR_peek_last_error());
        ERR_clear_error();
        if (reason == PEM_R_NO_START_LINE) return std::nullopt;
        throw refusal(name, "a broken PEM block");
    }
    PemBlock block{label, *header != '\0',
                   Secret(std::string_view(reinterpret_cast<char*>(data), static_cast<std::size_t>(size)))};
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
    return block;
}

Bio reading(std::string_view pem) {
    if (pem.size() > INT_MAX) throw Error(ErrorKind::bug, "PEM text above 2 GB");
    Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    if (!bio) throw Error(ErrorKind::os, "OpenSSL cannot read from memory");
    return bio;
}

Bio writing() {
    Bio bio(BIO_new(BIO_s_secmem()), BIO_free);
    if (!bio) throw Error(ErrorKind::os, "OpenSSL cannot write to memory");
    return bio;
}

std::string_view written(const Bio& bio) {
    char* start = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &start);
    return {start, static_cast<std::size_t>(size)};
}

void check_strength(evp_pkey_st* key, std::string_view name) {
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        throw refusal(name, "not an RSA key").hint("make one with: af keygen");
    const int bits = EVP_PKEY_get_bits(key);
    if (bits >= kLeastKeyBits) return;
    throw refusal(name, fmt::format("an RSA key of {} bits; at least {} are asked for", bits, kLeastKeyBits))
        .hint("make one with: af keygen");
}

std::string kid_of(evp_pkey_st* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) throw Error(ErrorKind::os, "OpenSSL cannot encode a public key");
    const std::string_view spki(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    std::string kid = hex(as_text(sha256(spki))).substr(0, kKidDigits);
    OPENSSL_free(der);
    return kid;
}

bool is_private(const PemBlock& block) { return block.label == "PRIVATE KEY" || block.label == "RSA PRIVATE KEY"; }

KeyHandle decoded_private(PemBlock& block, std::string_view name) {
    const auto* at = reinterpret_cast<const unsigned char*>(block.der.data());
    KeyHandle key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(block.der.size())));
    ERR_clear_error();
    if (!key) throw refusal(name, "a private key that cannot be decoded");
    check_strength(key.get(), name);
    return key;
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

PublicKey::PublicKey(KeyHandle key) : key_(std::move(key)), kid_(kid_of(key_.get())) {}

PublicKey PublicKey::from_pem(std::string_view pem, std::string_view name) {
    const Bio bio = reading(pem);
    std::optional<PemBlock> block = next_block(bio.get(), name);
    if (!block) throw refusal(name, "no PEM block").hint("a public key begins with -----BEGIN PUBLIC KEY-----");
    if (block->label.find("PRIVATE KEY") != std::string::npos) {
        throw refusal(name, "a private key where the public one belongs")
            .hint("private keys stay with the tasks: give the .pub file");
    }
    const auto* at = reinterpret_cast<const unsigned char*>(block->der.data());
    KeyHandle key(block->label == "PUBLIC KEY" ? d2i_PUBKEY(nullptr, &at, static_cast<long>(block->der.size()))
                                               : nullptr);
    ERR_clear_error();
    if (!key) throw refusal(name, "not a public key").hint("a public key begins with -----BEGIN PUBLIC KEY-----");
    check_strength(key.get(), name);
    return PublicKey(std::move(key));
}

PrivateKey::PrivateKey(KeyHandle key) : key_(std::move(key)), kid_(kid_of(key_.get())) {}

PrivateKey PrivateKey::generate() {
    KeyHandle key(EVP_RSA_gen(kNewKeyBits));
    if (!key) throw Error(ErrorKind::os, "OpenSSL cannot make an RSA key");
    return PrivateKey(std::move(key));
}

Secret PrivateKey::private_pem() const {
    const Bio bio = writing();
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw Error(ErrorKind::os, "OpenSSL cannot encode a private key");
    return Secret(written(bio));
}

std::string PrivateKey::public_pem() const {
    const Bio bio = writing();
    if (PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1)
        throw Error(ErrorKind::os, "OpenSSL cannot encode a public key");
    return std::string(written(bio));
}

KeyRing KeyRing::from_pem(std::string_view pem, std::string_view name) {
    const Bio bio = reading(pem);
    KeyRing ring;
    while (std::optional<PemBlock> block = next_block(bio.get(), name)) {
        if (block->encrypted || block->label == "ENCRYPTED PRIVATE KEY") {
            throw refusal(name, "a private key under a passphrase")
                .hint("store it without one, where only tasks can read it");
        }
        if (!is_private(*block)) continue;
        PrivateKey key(decoded_private(*block, name));
        if (!ring.find(key.kid())) ring.keys_.push_back(std::move(key));
    }
    if (ring.keys_.empty())
        throw refusal(name, "no private key")
            .hint("one begins with -----BEGIN PRIVATE KEY-----; make one with: af keygen");
    return ring;
}

const PrivateKey* KeyRing::find(std::string_view kid) const noexcept {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [kid](const PrivateKey& key) { return key.kid() == kid; });
    return found == keys_.end() ? nullptr : &*found;
}

std::vector<std::string> KeyRing::kids() const {
    std::vector<std::string> kids;
    for (const PrivateKey& key : keys_) kids.push_back(key.kid());
    return kids;
}

}  // namespace af
