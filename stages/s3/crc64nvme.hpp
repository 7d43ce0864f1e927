// CRC-64/NVME, the checksum that S3 gives objects that came without one.
//
// Source   NVM Express NVM Command Set Specification 1.0, 5.2.1.3.4; by carry-less multiplication where the processor
//          has it: V. Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction,
//          Intel, 2009.
#pragma once

#include <cstdint>
#include <string_view>

namespace af {

// `crc` of the bytes before these; begins with 0. "123456789" gives ae8b14860a799888.
std::uint64_t crc64nvme(std::uint64_t crc, std::string_view bytes);

namespace detail {
// By tables alone: what the other must agree with.
std::uint64_t crc64nvme_by_tables(std::uint64_t crc, std::string_view bytes);
}  // namespace detail

}  // namespace af
