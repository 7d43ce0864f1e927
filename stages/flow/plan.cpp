#include "stages/flow/plan.hpp"

#include "stages/codec/detect.hpp"

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

InputShape shape_of(const std::vector<ObjectPtr>& objects) {
    InputShape shape(objects.size());
    for (const ObjectPtr& object : objects) {
        const bool indexed = may_have_index(object->name);
        if (object->size == kUnknownSize) {
            shape.unknown_indexed |= indexed;
            continue;
        }
        shape.bytes += object->size;
        if (indexed) shape.largest_indexed = std::max(shape.largest_indexed, object->size);
    }
    return shape;
}

BadPolicy bad_policy(const Job& job) {
    BadPolicy policy;
    policy.fail_on_first = job.records.on_bad == OnBad::fail;
    policy.max_count = job.records.max_bad.count;
    policy.max_share = job.records.max_bad.share.value_or(0);
    return policy;
}

}  // namespace af
