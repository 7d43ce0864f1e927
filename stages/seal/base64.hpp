// Base64, read strictly: the one text that encodes the bytes, or nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace af {

// nullopt: a byte outside the alphabet (white space too), missing or wrong padding, bits set that encode nothing.
std::optional<std::string> strict_base64(std::string_view text);

}  // namespace af
