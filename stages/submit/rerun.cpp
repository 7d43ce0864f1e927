#include "stages/submit/rerun.hpp"

#include <algorithm>
#include <array>

namespace af {
namespace {

using Stage = std::optional<Role>;
constexpr std::array<Stage, 4> kOrder{Role::map, Role::merge, Role::reduce, std::nullopt};

bool all_completed(const GroupSnapshot& snapshot, Stage role) {
    return std::all_of(snapshot.tasks.begin(), snapshot.tasks.end(),
                       [role](const GroupTask& task) { return task.role != role || task.state == "completed"; });
}

}  // namespace

RerunStep next_rerun(const GroupSnapshot& snapshot) {
    RerunStep step;
    bool before_completed = true;
    for (const Stage& role : kOrder) {
        std::vector<const GroupTask*> failed;
        for (const GroupTask& task : snapshot.tasks)
            if (task.role == role && task.has_failed()) failed.push_back(&task);
        if (!step.tasks.empty()) {
            step.more = step.more || !failed.empty();
        } else if (!failed.empty()) {
            step.tasks = std::move(failed);
            step.ready = before_completed || !role;
        }
        if (role) before_completed = before_completed && all_completed(snapshot, role);
    }
    return step;
}

}  // namespace af
