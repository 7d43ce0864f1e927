#include "stages/seal/base64.hpp"

#include "stages/s3/hash.hpp"

#include <openssl/evp.h>

namespace af {

// OpenSSL skips white space and does not look at left-over bits: only what encodes back to the same text is taken.
std::optional<std::string> strict_base64(std::string_view text) {
    if (text.empty()) return std::string();
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), data, static_cast<int>(text.size())) < 0)
        return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(bytes.size() - padding);
    if (base64(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace af
