#include "stages/s3/parted_checksum.hpp"

#include "stages/s3/checksums.hpp"
#include "stages/s3/crc64nvme.hpp"
#include "stages/s3/hash.hpp"

#include <limits>

namespace af {
namespace {

// Polynomials over GF(2) modulo one of them, all reflected: the highest bit is the coefficient of 1.
template <class T, T kPolynomial>
struct Field {
    static constexpr int kBits = std::numeric_limits<T>::digits;
    static constexpr T kOne = T{1} << (kBits - 1);

    static T product(T a, T b) {
        T sum = 0;
        for (T bit = kOne; bit != 0; bit >>= 1) {
            if (a & bit) sum ^= b;
            b = b & 1 ? (b >> 1) ^ kPolynomial : b >> 1;
        }
        return sum;
    }
    // What so many zero bytes do to what stands before them: x^(8 x bytes).
    static T shift(std::uint64_t bytes) {
        T result = kOne;
        for (T power = T{1} << (kBits - 9); bytes > 0; bytes >>= 1, power = product(power, power))
            if (bytes & 1) result = product(result, power);
        return result;
    }
    static T joined(T first, T second, std::uint64_t bytes) { return product(shift(bytes), first) ^ second; }
};

}  // namespace

std::uint32_t joined_crc32(std::uint32_t first, std::uint32_t second, std::uint64_t bytes) {
    return Field<std::uint32_t, 0xEDB88320>::joined(first, second, bytes);
}
std::uint32_t joined_crc32c(std::uint32_t first, std::uint32_t second, std::uint64_t bytes) {
    return Field<std::uint32_t, 0x82F63B78>::joined(first, second, bytes);
}
std::uint64_t joined_crc64nvme(std::uint64_t first, std::uint64_t second, std::uint64_t bytes) {
    return Field<std::uint64_t, 0x9A6C9329AC4BC9B5>::joined(first, second, bytes);
}

PartedChecksum::PartedChecksum(const HttpHeaders& headers, std::size_t parts) : parts_(parts) {
    const WholeChecksum chosen = whole_checksum(headers);
    if (!chosen.algorithm.starts_with("crc")) return;
    algorithm_ = chosen.algorithm;
    expected_ = chosen.expected;
}

void PartedChecksum::update(std::size_t part, std::string_view bytes) {
    if (algorithm_.empty()) return;
    Part& at = parts_.at(part);
    at.bytes += bytes.size();
    if (algorithm_ == "crc64nvme")
        at.crc = crc64nvme(at.crc, bytes);
    else if (algorithm_ == "crc32c")
        at.crc = crc32c(static_cast<std::uint32_t>(at.crc), bytes);
    else
        at.crc = crc32(static_cast<std::uint32_t>(at.crc), bytes);
}

Result<void> PartedChecksum::finish() const {
    if (algorithm_.empty()) return {};
    std::uint64_t whole = 0;
    for (const Part& part : parts_) {
        const auto first = static_cast<std::uint32_t>(whole);
        const auto second = static_cast<std::uint32_t>(part.crc);
        if (algorithm_ == "crc64nvme")
            whole = joined_crc64nvme(whole, part.crc, part.bytes);
        else if (algorithm_ == "crc32c")
            whole = joined_crc32c(first, second, part.bytes);
        else
            whole = joined_crc32(first, second, part.bytes);
    }
    const std::string raw =
        algorithm_ == "crc64nvme" ? big_endian(whole) : big_endian(static_cast<std::uint32_t>(whole));
    return compare_checksum(algorithm_, raw, expected_);
}

}  // namespace af
