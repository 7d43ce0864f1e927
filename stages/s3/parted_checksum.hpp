// ChecksumVerifier for an object whose parts are read in any order: each part has a CRC of its own, and CRCs can be
// joined. A digest that has no such property (SHA) is not computed.
#pragma once

#include "engine/error.hpp"
#include "engine/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// Threads  one at a time.
class PartedChecksum {
public:
    // The cheapest of the whole-object CRCs in `headers`, as ChecksumVerifier chooses.
    PartedChecksum(const HttpHeaders& headers, std::size_t parts);

    // Empty: there is nothing to verify with.
    std::string_view algorithm() const noexcept { return algorithm_; }
    // The bytes of a part in order, each once.
    void update(std::size_t part, std::string_view bytes);
    // After the last byte of all parts: Error(corrupt) when the object as a whole has another checksum.
    Result<void> finish() const;

private:
    struct Part {
        std::uint64_t crc = 0;
        std::uint64_t bytes = 0;
    };
    std::string_view algorithm_;
    std::string expected_;
    std::vector<Part> parts_;
};

// The checksum of bytes whose first part has `first` and whose rest, of `bytes`, has `second`.
std::uint32_t joined_crc32(std::uint32_t first, std::uint32_t second, std::uint64_t bytes);
std::uint32_t joined_crc32c(std::uint32_t first, std::uint32_t second, std::uint64_t bytes);
std::uint64_t joined_crc64nvme(std::uint64_t first, std::uint64_t second, std::uint64_t bytes);

}  // namespace af
