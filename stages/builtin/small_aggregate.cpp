#include "stages/builtin/small_aggregate.hpp"

namespace af {

SmallAggregate::SmallAggregate(BuiltinOperation operation, std::uint32_t most) {
    switch (operation) {
        case BuiltinOperation::count: small_.kind = SmallValue::Kind::count_part; break;
        case BuiltinOperation::sum: small_.kind = SmallValue::Kind::sum_part; break;
        default: aggregate_ = std::make_unique<Aggregate>(operation, most);
    }
}

void SmallAggregate::add_one() { ++small_.number; }

void SmallAggregate::add(const Number& number) {
    if (!aggregate_) {
        std::int64_t sum = 0;
        if (number.is_whole && !__builtin_add_overflow(small_.number, number.whole, &sum)) {
            small_.number = sum;
            return;
        }
        std::string part;
        append_part(part);
        aggregate_ = std::make_unique<Aggregate>(Aggregate::of_part(part));
    }
    aggregate_->add(number);
}

void SmallAggregate::append_part(std::string& to) const {
    if (aggregate_) {
        to += aggregate_->part();
    } else {
        af::append_part(FoldOperation::join_parts, small_, to);
    }
}

}  // namespace af
