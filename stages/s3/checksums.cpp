#include "stages/s3/checksums.hpp"

#include "stages/s3/crc64nvme.hpp"
#include "stages/s3/hash.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <fmt/format.h>
#include <isa-l/crc.h>
#include <openssl/evp.h>

namespace af {

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
