#include "stages/flow/folds.hpp"

namespace af {
namespace {

FoldOperation fold_of(BuiltinOperation operation) {
    switch (operation) {
        case BuiltinOperation::sum: return FoldOperation::sum;
        case BuiltinOperation::count: return FoldOperation::count;
        case BuiltinOperation::min: return FoldOperation::min;
        case BuiltinOperation::max: return FoldOperation::max;
        case BuiltinOperation::mean: return FoldOperation::mean;
        case BuiltinOperation::unique:
        case BuiltinOperation::histogram:
        case BuiltinOperation::top_k: return FoldOperation::whole_parts;  // of parts alone: settle_operations()
    }
    return FoldOperation::sum;
}

std::optional<FoldOperation> operation_of(const std::optional<GroupSpec>& step) {
    if (!step || !step->operation) return std::nullopt;
    return fold_of(*step->operation);
}

}  // namespace

std::optional<FoldStages> folded_in_parts(const Job& job) {
    const auto reduced = operation_of(job.reduce);
    if (!reduced) return std::nullopt;
    if (map_combines(job)) return in_parts(FoldOperation::whole_parts);
    const auto combined = operation_of(job.combine);
    if (combined && *combined != *reduced) return std::nullopt;
    return in_parts(*reduced);
}

std::optional<FoldOperation> combine_fold(const Job& job) {
    if (folded_in_parts(job)) return std::nullopt;
    if (map_combines(job)) return FoldOperation::plain_parts;
    return operation_of(job.combine);
}

std::optional<FoldOperation> reduce_fold(const Job& job) {
    const auto parts = folded_in_parts(job);
    return parts ? parts->reduce : operation_of(job.reduce);
}

}  // namespace af
