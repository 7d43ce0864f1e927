// Elements of a JSON array that are plain numbers, recognised 64 bytes at a time: most of a histogram.
//
// Source   the bit-mask technique of Langdale and Lemire, Parsing Gigabytes of JSON per Second, VLDB Journal 28 (2019).
#pragma once

namespace af {

inline constexpr unsigned kPlainNumbersWindow = 64;

struct PlainNumbers {
    unsigned count = 0;
    bool all_plain = false;  // nothing else was seen in the window: what follows may go on like it
};

// How many elements at the head of `text` are for certain valid numbers, each followed by a comma: -?int(.digits)? with no
// exponent and at most 18 digits in a row, set apart by "," or ", ". text[0] begins an element, and kPlainNumbersWindow
// bytes can be read. None on a processor without SSE2.
PlainNumbers plain_numbers(const char* text);

}  // namespace af
