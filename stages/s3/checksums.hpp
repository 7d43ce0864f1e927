// Whether the bytes that came are the bytes that were stored: the x-amz-checksum-* headers of S3.
#pragma once

#include "engine/error.hpp"
#include "engine/http.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace af {

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes);  // begins with 0; "123456789" gives e3069283
std::uint32_t crc32(std::uint32_t crc, std::string_view bytes);   // begins with 0; "123456789" gives cbf43926

// The cheapest of the whole-object checksums in `headers`, as base64; no algorithm when there is none.
struct WholeChecksum {
    std::string_view algorithm;  // "crc32c", ...
    std::string expected;
};
WholeChecksum whole_checksum(const HttpHeaders& headers);

// `actual`: raw bytes. Error(corrupt) when they are not what is expected.
Result<void> compare_checksum(std::string_view algorithm, std::string_view actual, std::string_view expected);

// Sees an object's bytes once, in order, from the first to the last.
// Chosen   the cheapest of the whole-object checksums in `headers`: CRC32C, CRC32, CRC64NVME, SHA-1, SHA-256,
//          SHA-512 (Taskcluster's object service gives that one). A composite one (of a multipart upload: type
//          COMPOSITE, or ending in -N) says nothing about the bytes as a whole; it is skipped.
// Threads  one at a time.
class ChecksumVerifier {
public:
    explicit ChecksumVerifier(const HttpHeaders& headers);
    ~ChecksumVerifier();
    ChecksumVerifier(ChecksumVerifier&&) noexcept;
    ChecksumVerifier& operator=(ChecksumVerifier&&) noexcept;

    // "crc32c", ...; empty: there is nothing to verify with.
    std::string_view algorithm() const noexcept;
    void update(std::string_view bytes);
    // After the last byte: Error(corrupt) when the digest is another.
    Result<void> finish();

    struct Digest;

private:
    std::unique_ptr<Digest> digest_;
    std::string_view algorithm_;
    std::string expected_;
};

}  // namespace af
