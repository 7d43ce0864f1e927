#include "stages/s3/checksums.hpp"

#include "stages/s3/hash.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <cstring>
#include <fmt/format.h>
#include <isa-l/crc.h>
#include <openssl/evp.h>

namespace af {
namespace {

// Slicing by 8 over the reflected polynomial of NVM Express; the ISA-L of Debian 12 does not know it yet.
struct Crc64Tables {
    std::array<std::array<std::uint64_t, 256>, 8> slice{};

    constexpr Crc64Tables() {
        constexpr std::uint64_t kPolynomial = 0x9a6c9329ac4bc9b5;
        for (std::uint64_t byte = 0; byte < 256; ++byte) {
            std::uint64_t crc = byte;
            for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ kPolynomial : crc >> 1;
            slice[0][byte] = crc;
        }
        for (std::size_t byte = 0; byte < 256; ++byte)
            for (std::size_t i = 1; i < 8; ++i)
                slice[i][byte] = slice[i - 1][byte] >> 8 ^ slice[0][slice[i - 1][byte] & 255];
    }
};
constexpr Crc64Tables kCrc64;

template <class T>
std::string big_endian(T value) {
    std::string out;
    for (int shift = sizeof(T) * 8 - 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 255));
    return out;
}

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) {
    // ISA-L neither inverts the seed nor the result, takes an int and promises not to write.
    crc = ~crc;
    while (!bytes.empty()) {
        std::size_t part = std::min<std::size_t>(bytes.size(), INT_MAX / 2);
        auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
        crc = crc32_iscsi(data, static_cast<int>(part), crc);
        bytes.remove_prefix(part);
    }
    return ~crc;
}

std::uint32_t crc32(std::uint32_t crc, std::string_view bytes) {
    return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::uint64_t crc64nvme(std::uint64_t crc, std::string_view bytes) {
    crc = ~crc;
    const auto& slice = kCrc64.slice;
    while (bytes.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
        word ^= crc;
        crc = 0;
        for (std::size_t i = 0; i < 8; ++i) crc ^= slice[7 - i][word >> 8 * i & 255];
        bytes.remove_prefix(8);
    }
    for (unsigned char byte : bytes) crc = crc >> 8 ^ slice[0][(crc ^ byte) & 255];
    return ~crc;
}

struct ChecksumVerifier::Digest {
    virtual ~Digest() = default;
    virtual void update(std::string_view bytes) = 0;
    virtual std::string value() = 0;  // raw bytes, once
};

namespace {

template <class T, T (*Step)(T, std::string_view)>
struct CrcDigest final : ChecksumVerifier::Digest {
    void update(std::string_view bytes) override { crc = Step(crc, bytes); }
    std::string value() override { return big_endian(crc); }
    T crc = 0;
};

struct EvpDigest final : ChecksumVerifier::Digest {
    explicit EvpDigest(const EVP_MD* md) : context(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        if (!context || EVP_DigestInit_ex2(context.get(), md, nullptr) != 1)
            throw Error(ErrorKind::os, "OpenSSL cannot begin a digest");
    }
    void update(std::string_view bytes) override {
        if (EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1)
            throw Error(ErrorKind::os, "OpenSSL cannot compute a digest");
    }
    std::string value() override {
        std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
        unsigned size = 0;
        if (EVP_DigestFinal_ex(context.get(), out.data(), &size) != 1)
            throw Error(ErrorKind::os, "OpenSSL cannot end a digest");
        return std::string(reinterpret_cast<const char*>(out.data()), size);
    }
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context;
};

std::unique_ptr<ChecksumVerifier::Digest> make_digest(std::string_view algorithm) {
    if (algorithm == "crc32c") return std::make_unique<CrcDigest<std::uint32_t, crc32c>>();
    if (algorithm == "crc32") return std::make_unique<CrcDigest<std::uint32_t, crc32>>();
    if (algorithm == "crc64nvme") return std::make_unique<CrcDigest<std::uint64_t, crc64nvme>>();
    if (algorithm == "sha512") return std::make_unique<EvpDigest>(EVP_sha512());
    return std::make_unique<EvpDigest>(algorithm == "sha1" ? EVP_sha1() : EVP_sha256());
}

bool is_composite(const HttpHeaders& headers) {
    return find_header(headers, "x-amz-checksum-type").value_or("") == std::string_view("COMPOSITE");
}

}  // namespace

WholeChecksum whole_checksum(const HttpHeaders& headers) {
    constexpr std::array<std::string_view, 6> kCheapestFirst{"crc32c", "crc32",  "crc64nvme",
                                                             "sha1",   "sha256", "sha512"};
    if (is_composite(headers)) return {};
    for (std::string_view algorithm : kCheapestFirst) {
        auto expected = find_header(headers, fmt::format("x-amz-checksum-{}", algorithm));
        if (expected && expected->find('-') == expected->npos) return {algorithm, std::string(*expected)};
    }
    return {};
}

Result<void> compare_checksum(std::string_view algorithm, std::string_view actual, std::string_view expected) {
    const std::string text = base64(actual);
    if (text == expected) return {};
    return Failure(Error(ErrorKind::corrupt, fmt::format("CHECKSUM: the {} of what was read is {}, the store says {}",
                                                         algorithm, text, escaped(expected.substr(0, 64))))
                       .hint("The object was damaged on the way or in the store; run again."));
}

ChecksumVerifier::ChecksumVerifier(const HttpHeaders& headers) {
    WholeChecksum chosen = whole_checksum(headers);
    if (chosen.algorithm.empty()) return;
    algorithm_ = chosen.algorithm;
    expected_ = std::move(chosen.expected);
    digest_ = make_digest(algorithm_);
}

ChecksumVerifier::~ChecksumVerifier() = default;
ChecksumVerifier::ChecksumVerifier(ChecksumVerifier&&) noexcept = default;
ChecksumVerifier& ChecksumVerifier::operator=(ChecksumVerifier&&) noexcept = default;

std::string_view ChecksumVerifier::algorithm() const noexcept { return algorithm_; }

void ChecksumVerifier::update(std::string_view bytes) {
    if (digest_) digest_->update(bytes);
}

Result<void> ChecksumVerifier::finish() {
    if (!digest_) return {};
    const std::string actual = digest_->value();
    digest_.reset();
    return compare_checksum(algorithm_, actual, expected_);
}

}  // namespace af
