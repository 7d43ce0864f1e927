// The hash of keys: XXH3 with 64 bits, the same on every machine and in every version, for results that depend on it.
#pragma once

#include <cstdint>
#include <string_view>

namespace af {

std::uint64_t text_hash(std::string_view text) noexcept;

}  // namespace af
