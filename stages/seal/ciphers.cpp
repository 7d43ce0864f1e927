#include "stages/seal/ciphers.hpp"

#include "engine/error.hpp"

#include <climits>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

namespace af {
namespace {

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* in(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
template <class Bytes>
unsigned char* out(Bytes& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

void require(int status, std::string_view doing) {
    if (status != 1) throw Error(ErrorKind::os, "OpenSSL cannot " + std::string(doing));
}

using Init = int (*)(EVP_PKEY_CTX*);

KeyContext oaep(evp_pkey_st* key, Init init) {
    KeyContext context(EVP_PKEY_CTX_new(key, nullptr), EVP_PKEY_CTX_free);
    require(context ? 1 : 0, "use the RSA key");
    require(init(context.get()), "use the RSA key");
    require(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING), "set OAEP");
    require(EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()), "set OAEP's hash");
    require(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()), "set OAEP's mask hash");
    return context;
}

CipherContext gcm() {
    CipherContext context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    require(context ? 1 : 0, "use AES-256-GCM");
    return context;
}

int length(std::string_view bytes) {
    if (bytes.size() > INT_MAX) throw Error(ErrorKind::bug, "more bytes than one call of AES-GCM takes");
    return static_cast<int>(bytes.size());
}

}  // namespace

Secret random_secret(std::size_t bytes) {
    Secret secret(bytes);
    require(RAND_priv_bytes(out(secret), static_cast<int>(bytes)), "make random bytes");
    return secret;
}

std::string rsa_oaep_encrypt(evp_pkey_st* key, std::string_view plain) {
    const KeyContext context = oaep(key, EVP_PKEY_encrypt_init);
    std::size_t size = 0;
    require(EVP_PKEY_encrypt(context.get(), nullptr, &size, in(plain), plain.size()), "encrypt with RSA-OAEP");
    std::string cipher(size, '\0');
    require(EVP_PKEY_encrypt(context.get(), out(cipher), &size, in(plain), plain.size()), "encrypt with RSA-OAEP");
    cipher.resize(size);
    return cipher;
}

std::optional<Secret> rsa_oaep_decrypt(evp_pkey_st* key, std::string_view cipher) {
    const KeyContext context = oaep(key, EVP_PKEY_decrypt_init);
    Secret plain(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
    std::size_t size = plain.size();
    if (EVP_PKEY_decrypt(context.get(), out(plain), &size, in(cipher), cipher.size()) != 1) return std::nullopt;
    plain.shrink(size);
    return plain;
}

GcmSealed aes_gcm_encrypt(std::string_view key, std::string_view nonce, std::string_view bound,
                          std::string_view plain) {
    if (key.size() != kContentKeyBytes || nonce.size() != kNonceBytes)
        throw Error(ErrorKind::bug, "AES-GCM: wrong length of key or nonce");
    const CipherContext context = gcm();
    GcmSealed sealed{std::string(plain.size(), '\0'), std::string(kTagBytes, '\0')};
    int size = 0;
    require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key), in(nonce)), "use AES-256-GCM");
    require(EVP_EncryptUpdate(context.get(), nullptr, &size, in(bound), length(bound)), "encrypt with AES-256-GCM");
    require(EVP_EncryptUpdate(context.get(), out(sealed.cipher), &size, in(plain), length(plain)),
            "encrypt with AES-256-GCM");
    unsigned char nothing[EVP_MAX_BLOCK_LENGTH];
    require(EVP_EncryptFinal_ex(context.get(), nothing, &size), "encrypt with AES-256-GCM");
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, sealed.tag.data()),
            "encrypt with AES-256-GCM");
    return sealed;
}

std::optional<Secret> aes_gcm_decrypt(std::string_view key, std::string_view nonce, std::string_view bound,
                                      const GcmSealed& sealed) {
    if (key.size() != kContentKeyBytes || nonce.size() != kNonceBytes || sealed.tag.size() != kTagBytes)
        return std::nullopt;
    const CipherContext context = gcm();
    Secret plain(sealed.cipher.size());
    std::string tag = sealed.tag;
    int size = 0;
    require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, in(key), in(nonce)), "use AES-256-GCM");
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()), "use AES-256-GCM");
    require(EVP_DecryptUpdate(context.get(), nullptr, &size, in(bound), length(bound)), "decrypt with AES-256-GCM");
    require(EVP_DecryptUpdate(context.get(), out(plain), &size, in(sealed.cipher), length(sealed.cipher)),
            "decrypt with AES-256-GCM");
    unsigned char nothing[EVP_MAX_BLOCK_LENGTH];
    if (EVP_DecryptFinal_ex(context.get(), nothing, &size) != 1) return std::nullopt;
    return plain;
}

}  // namespace af
