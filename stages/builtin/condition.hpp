// Whether a value passes a test.
//
// Equal    numbers by value, text, true, false and null by what they say; values of different types are never equal.
// Order    numbers by value, text by bytes; between different types there is none, and no test of order passes.
// tsv      a column has no type: beside a number it counts as one when it reads as one, else as text.
#pragma once

#include "stages/builtin/number.hpp"
#include "stages/builtin/record_values.hpp"

#include <vector>

namespace af {

// A condition made ready to be asked often; `number` is the one of its path.
class Tester {
public:
    Tester(const ValueTest& condition, std::size_t number);
    std::size_t number() const noexcept { return number_; }
    bool passes(const Value& value) const;

private:
    struct Operand {
        Literal literal;
        Number number;
    };
    bool equals(const Value& value, const Operand& operand) const;
    bool in_order(const Value& value) const;

    ValueTest condition_;
    std::size_t number_;
    std::vector<Operand> operands_;
};

}  // namespace af
