#include "stages/builtin/small_aggregate.hpp"

#include "stages/builtin/whole_part.hpp"

namespace af {

SmallAggregate::SmallAggregate(BuiltinOperation operation, std::uint32_t most) {
    switch (operation) {
        case BuiltinOperation::count: counts_ = true; break;
        case BuiltinOperation::sum: break;
        default: aggregate_ = std::make_unique<Aggregate>(operation, most);
    }
}

void SmallAggregate::add_one() { ++whole_; }

void SmallAggregate::add(const Number& number) {
    if (!aggregate_) {
        std::int64_t sum = 0;
        if (number.is_whole && !__builtin_add_overflow(whole_, number.whole, &sum)) {
            whole_ = sum;
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
        to += counts_ ? kCountPart : kSumPart;
        append_whole(whole_, to);
    }
}

}  // namespace af
