// A sum that does not depend on the order or the grouping of what is added: whole numbers in 128 bits, all others as an
// expansion of doubles that do not overlap, without any rounding until the result is asked for.
//
// Errors   add() of a text that to_text() did not write, or of more than 128 bits can hold: Error(child_output).
// Source   Shewchuk, Adaptive Precision Floating-Point Arithmetic, 1997; math.fsum of CPython, which rounds alike.
#pragma once

#include "stages/builtin/number.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace af {

class ExactSum {
public:
    void add(const Number& number);
    void add(std::string_view text);  // what to_text() wrote

    // All of it: "WHOLE", or "WHOLE;DOUBLE;DOUBLE..." The same sum has the same text, however it came about.
    std::string to_text() const;
    // The double next to the sum, or the whole number that it is.
    Number result() const;
    Number mean(std::uint64_t count) const;  // of `count` > 0 values
    std::size_t extra_bytes() const noexcept { return parts_.capacity() * sizeof(double); }

private:
    void add_whole(Int128 whole);
    void add_real(double value);

    Int128 whole_ = 0;
    std::vector<double> parts_;  // smallest first
};

}  // namespace af
