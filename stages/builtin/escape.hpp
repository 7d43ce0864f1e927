// Text that must not break the line it stands in: a backslash, TAB, newline and carriage return are written as \\ \t \n
// \r, and so is `also` (a separator) with a backslash before it. Nothing else changes, so that different texts stay
// different.
#pragma once

#include <string>
#include <string_view>

namespace af {

void append_escaped(std::string& to, std::string_view text, char also = '\\');

// Takes it back. What is no such escape stays as it is.
std::string unescaped(std::string_view text);

}  // namespace af
