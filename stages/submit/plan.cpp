#include "stages/submit/plan.hpp"

namespace af {

std::string_view word_of(TaskKeys keys) noexcept {
    switch (keys) {
        case TaskKeys::auth: return "auth";
        case TaskKeys::sealed: return "sealed";
        case TaskKeys::worker: return "worker";
    }
    return "";
}

std::optional<TaskKeys> task_keys_of(std::string_view word) noexcept {
    for (const TaskKeys keys : {TaskKeys::auth, TaskKeys::sealed, TaskKeys::worker}) {
        if (word == word_of(keys)) return keys;
    }
    return std::nullopt;
}

std::uint64_t Plan::objects() const {
    std::uint64_t count = 0;
    for (const Load& load : loads) count += load.objects.size();
    return count;
}

std::uint64_t Plan::bytes() const {
    std::uint64_t sum = 0;
    for (const Load& load : loads) sum += load.bytes;
    return sum;
}

}  // namespace af
