#include "stages/builtin/condition.hpp"

#include <algorithm>
#include <optional>

namespace af {
namespace {

using Kind = Value::Kind;

bool is_text(const Value& value) { return value.kind == Kind::string || value.kind == Kind::column; }

std::optional<Number> number_in(const Value& value) {
    if (value.kind != Kind::number && value.kind != Kind::column) return std::nullopt;
    return read_number(value.text);
}

}  // namespace

Tester::Tester(const ValueTest& condition, std::size_t number) : condition_(condition), number_(number) {
    for (const Literal& literal : condition.values) {
        operands_.push_back(
            {literal, literal.kind == Literal::Kind::number ? read_number(literal.text).value_or(Number()) : Number()});
    }
}

bool Tester::equals(const Value& value, const Operand& operand) const {
    switch (operand.literal.kind) {
        case Literal::Kind::null: return value.kind == Kind::null;
        case Literal::Kind::boolean: return value.kind == Kind::boolean && value.text == operand.literal.text;
        case Literal::Kind::string: return is_text(value) && value.text == operand.literal.text;
        case Literal::Kind::number: break;
    }
    const auto number = number_in(value);
    return number && compare(*number, operand.number) == 0;
}

bool Tester::in_order(const Value& value) const {
    const Operand& operand = operands_.front();
    int order = 0;
    if (operand.literal.kind == Literal::Kind::number) {
        const auto number = number_in(value);
        if (!number) return false;
        order = compare(*number, operand.number);
    } else {
        if (!is_text(value)) return false;
        order = value.text.compare(operand.literal.text);
    }
    switch (condition_.test) {
        case ValueTest::Test::less: return order < 0;
        case ValueTest::Test::less_equal: return order <= 0;
        case ValueTest::Test::greater: return order > 0;
        default: return order >= 0;
    }
}

bool Tester::passes(const Value& value) const {
    using Test = ValueTest::Test;
    if (value.kind == Kind::missing) return condition_.test == Test::missing;
    switch (condition_.test) {
        case Test::exists: return true;
        case Test::missing: return false;
        case Test::equal: return equals(value, operands_.front());
        case Test::unequal: return !equals(value, operands_.front());
        case Test::in:
            return std::any_of(operands_.begin(), operands_.end(),
                               [&](const Operand& operand) { return equals(value, operand); });
        case Test::prefix: return is_text(value) && value.text.starts_with(operands_.front().literal.text);
        case Test::regex: return is_text(value) && condition_.pattern->is_found_in(value.text);
        default: return in_order(value);
    }
}

}  // namespace af
