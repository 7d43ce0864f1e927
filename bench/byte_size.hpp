// "100MB", "1.43GB", "64KiB", "2000" -> bytes. KB, MB, GB count in thousands, KiB, MiB, GiB in 1024s.
#pragma once

#include "bench/layout.hpp"

#include <cstdint>
#include <string>

namespace af::bench {

// Throws Error{usage} for anything else, 0 included.
std::uint64_t parse_byte_size(const std::string& text);

// "2KB..70KB", or one size for both ends.
SizeRange parse_size_range(const std::string& text);

}  // namespace af::bench
