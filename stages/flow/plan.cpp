#include "stages/flow/plan.hpp"

#include "stages/flow/folds.hpp"

#include <algorithm>

namespace af {

std::vector<ObjectPtr> largest_first(std::vector<ObjectRef> refs) {
    std::vector<ObjectPtr> objects;
    objects.reserve(refs.size());
    for (ObjectRef& ref : refs) objects.push_back(std::make_shared<const ObjectRef>(std::move(ref)));
    std::stable_sort(objects.begin(), objects.end(),
                     [](const ObjectPtr& a, const ObjectPtr& b) { return a->size > b->size; });
    return objects;
}

BadPolicy bad_policy(const Job& job) {
    BadPolicy policy;
    policy.fail_on_first = job.records.on_bad == OnBad::fail;
    policy.max_count = job.records.max_bad.count;
    policy.max_share = job.records.max_bad.share.value_or(0);
    return policy;
}

PairStoreOptions pair_store_options(const Job& job, const Widths& widths, std::filesystem::path scratch) {
    PairStoreOptions options;
    options.partitions = job.reducers;
    options.workers = widths.collectors;
    options.sort_bytes = widths.sort_bytes;
    options.combine = combine_fold(job);
    options.scratch = std::move(scratch);
    return options;
}

}  // namespace af
