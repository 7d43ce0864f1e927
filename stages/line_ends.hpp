// Where lines end. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace af {

std::size_t count_newlines(std::string_view text) noexcept;

struct LineEnds {
    std::size_t lines = 0;
    std::vector<std::uint32_t> ends;  // of each line, behind its '\n'; none at all when lines are short
};

// Of text that ends with '\n', or is empty. The ends are told when there is at most one in kBytesToAnEnd bytes: so they
// take less than half a percent of the text's memory, and who reads it line by line need not look for them again.
inline constexpr std::size_t kBytesToAnEnd = 1024;
LineEnds find_line_ends(std::string_view text);

}  // namespace af
