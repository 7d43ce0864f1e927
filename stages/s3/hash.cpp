#include "stages/s3/hash.hpp"

#include "engine/error.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <algorithm>
#include <memory>

namespace af {
namespace {

// Looking an algorithm up costs more than digesting a short text, so each is looked up once.
const EVP_MD* sha256_algorithm() {
    using Algorithm = std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)>;
    static const Algorithm found(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
    return found.get();
}

using MacContext = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

MacContext hmac_sha256_without_key() {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
    MacContext context(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr, EVP_MAC_CTX_free);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    if (context && EVP_MAC_CTX_set_params(context.get(), parameters) != 1) context.reset();
    return context;
}

MacContext new_hmac_sha256() {
    static const MacContext first = hmac_sha256_without_key();
    return MacContext(first ? EVP_MAC_CTX_dup(first.get()) : nullptr, EVP_MAC_CTX_free);
}

}  // namespace

Sha256Digest sha256(std::string_view bytes) {
    Sha256Digest digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, sha256_algorithm(), nullptr) != 1)
        throw Error(ErrorKind::os, "OpenSSL cannot compute SHA-256");
    return digest;
}

Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes) {
    const auto octets = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
    Sha256Digest digest{};
    std::size_t size = 0;
    const MacContext context = new_hmac_sha256();
    if (!context || EVP_MAC_init(context.get(), octets(key), key.size(), nullptr) != 1 ||
        EVP_MAC_update(context.get(), octets(bytes), bytes.size()) != 1 ||
        EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) != 1)
        throw Error(ErrorKind::os, "OpenSSL cannot compute HMAC-SHA-256");
    return digest;
}

std::string hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (unsigned char byte : bytes) {
        out.push_back(kDigits[byte >> 4]);
        out.push_back(kDigits[byte & 15]);
    }
    return out;
}

std::string base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock also writes a NUL
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), data, static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(written));
    return out;
}

std::string base64_url(std::string_view bytes) {
    std::string out = base64(bytes);
    while (!out.empty() && out.back() == '=') out.pop_back();
    std::replace(out.begin(), out.end(), '+', '-');
    std::replace(out.begin(), out.end(), '/', '_');
    return out;
}

}  // namespace af
