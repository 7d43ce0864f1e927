// Elements of a JSON array that are plain numbers, recognised 64 bytes at a time: most of a histogram.
//
// Source   the bit-mask technique of Langdale and Lemire, Parsing Gigabytes of JSON per Second, VLDB Journal 28 (2019).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace af {

// How many elements at the head of `text` are for certain valid numbers, each followed by a comma: -?int(.digits)? with no
// exponent and at most 18 digits in a row, set apart by "," or ", ". text[0] begins an element. Fewer than there are when
// the last 63 bytes of `text` begin among them; none on a processor without SSE2.
std::size_t plain_numbers(std::string_view text);

// The ways to do it that this processor has, the widest last, which is the one above.
using PlainNumbers = std::size_t (*)(std::string_view);
std::vector<PlainNumbers> plain_numbers_here();

}  // namespace af
