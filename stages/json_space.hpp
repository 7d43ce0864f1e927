// What JSON takes for white space.
#pragma once

namespace af {

constexpr bool is_json_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace af
