// Escapes in JSON strings (RFC 8259, section 7).
#pragma once

#include <cstddef>
#include <string_view>

namespace af {

// How long the escape is that `text`, from its backslash on, begins with: 2, 6, or 12 for a pair of surrogates. 0: it
// is none, or a lone surrogate, which is no text.
std::size_t json_escape_length(std::string_view text) noexcept;

}  // namespace af
