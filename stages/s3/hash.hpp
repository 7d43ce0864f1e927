// SHA-256, HMAC and the text forms of digests.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace af {

using Sha256Digest = std::array<unsigned char, 32>;

Sha256Digest sha256(std::string_view bytes);
Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes);

inline std::string_view as_text(const Sha256Digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The bytes of an unsigned integer, the highest first.
template <class T>
std::string big_endian(T value) {
    std::string out;
    for (int shift = static_cast<int>(8 * sizeof(T)) - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift & 255));
    return out;
}

std::string hex(std::string_view bytes);  // lower case
std::string base64(std::string_view bytes);  // with padding
std::string base64_url(std::string_view bytes);  // '-' and '_', no padding

}  // namespace af
