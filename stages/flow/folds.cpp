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

// count over count, mean over mean: the only pairs in which the combiner's parts are not themselves values.
bool shares_parts(const Job& job) {
    return job.combine && job.reduce && job.combine->operation && job.reduce->operation == job.combine->operation;
}

}  // namespace

std::optional<FoldOperation> combine_fold(const Job& job) {
    if (map_combines(job)) return job.reduce->operation ? FoldOperation::join_parts : FoldOperation::plain_parts;
    if (!job.combine || !job.combine->operation) return std::nullopt;
    const FoldOperation operation = fold_of(*job.combine->operation);
    return shares_parts(job) ? combinable(operation).combine : operation;
}

std::optional<FoldOperation> reduce_fold(const Job& job) {
    if (!job.reduce || !job.reduce->operation) return std::nullopt;
    if (map_combines(job)) return FoldOperation::whole_parts;
    const FoldOperation operation = fold_of(*job.reduce->operation);
    return shares_parts(job) ? combinable(operation).reduce : operation;
}

}  // namespace af
