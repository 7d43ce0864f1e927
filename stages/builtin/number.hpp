// The numbers that the built-in operations add and compare, exactly.
//
// Form     whole when its value is a whole number of at most 2^64 in size, however it was written (3, 3.0 and 3e0 are
//          one number, and so are 0 and -0.0); else a double. A number is one or the other, never both.
// Bounds   numbers beyond 2^960 are refused, so that no sum of them leaves the doubles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace af {

__extension__ typedef __int128 Int128;

struct Number {
    bool is_whole = true;
    Int128 whole = 0;
    double real = 0;

    static Number of(double value);  // finite
};

// As JSON writes numbers; nullopt when it is none, or out of bounds.
std::optional<Number> read_number(std::string_view text);

// < 0, 0, > 0, by value.
int compare(const Number& a, const Number& b);

// The shortest text that reads as the same double; whole numbers with all their digits.
std::string to_text(const Number& number);

std::string to_text(Int128 whole);
std::optional<Int128> read_whole(std::string_view text);  // nullopt when it does not fit

}  // namespace af
