#include "stages/pairs/fold_stream.hpp"

#include "stages/pairs/small_value.hpp"

namespace af {
namespace {

bool gives_parts(FoldOperation operation) {
    return operation == FoldOperation::sum_join || operation == FoldOperation::mean_join ||
           operation == FoldOperation::join_parts;
}

}  // namespace

FoldStream::FoldStream(PairStream& inner, FoldOperation operation, std::stop_token stop)
    : inner_(inner), operation_(operation), check_(std::move(stop)), more_(inner.next()) {}

void FoldStream::step() {
    more_ = inner_.next();
    check_.step();
}

bool FoldStream::next() {
    if (!more_) return false;
    key_ = inner_.pair().key;
    value_ = inner_.pair().value;
    step();
    const bool is_one = !more_ || inner_.pair().key != key_;
    const auto known = is_one ? result_of_one(operation_, value_) : std::nullopt;
    if (!known) fold_all();
    pair_ = {key_, known.value_or(value_), 0};
    return true;
}

void FoldStream::fold_all() {
    Fold fold;
    fold.add(operation_, value_);
    const bool may_come_again = gives_parts(operation_);
    for (; more_ && inner_.pair().key == key_; step()) {
        if (may_come_again && fold.extra_bytes() > Aggregate::kMostPartBytes) break;
        fold.add(operation_, inner_.pair().value);
    }
    value_ = fold.result(operation_);
}

}  // namespace af
