// A JSON object of plain strings and small whole numbers, one level deep: the form of the envelope and of what is in
// it.
//
// Strict   no duplicate names, no escapes, no control bytes or bytes above 0x7e, nothing after the object. Whoever
//          writes an envelope needs none of them, and what is not accepted cannot be read in two ways.
// Memory   members point into the text: no copy of a secret is left behind.
#pragma once

#include <string_view>
#include <vector>

namespace af {

inline constexpr std::size_t kMostFlatMembers = 16;

struct FlatMember {
    std::string_view name;
    std::string_view value;  // the digits of a number
    bool is_text = false;
};

// Throws Error(config): `what` and the position, never a byte of the text.
std::vector<FlatMember> parse_flat_json(std::string_view text, std::string_view what);

// Exactly these members in any order, in the order of `names`. Throws Error(config), which names the first of `names`
// that is missing or not a string, but no name of the text.
std::vector<std::string_view> expect_texts(const std::vector<FlatMember>& members,
                                           const std::vector<std::string_view>& names, std::string_view what);

}  // namespace af
