// Text: numbers as people read them, and what a text is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace af {

std::string count_text(std::uint64_t count);                     // "1,204"
std::string plural(std::uint64_t count, std::string_view noun);  // "1 object", "1,204 objects"
std::string size_text(std::uint64_t bytes);                      // "812 B", "1.4 MB", "23 GB": powers of 1000
std::string duration_text(double seconds);                       // "0.8 s", "47 s", "3 min 20 s", "2 h 5 min"

std::string in_quotes(std::string_view text);  // "text", with what is not printable escaped

// Whether every byte is an ASCII letter or digit, or one of `extra`.
bool is_alphanumeric(std::string_view text, std::string_view extra = {});

}  // namespace af
