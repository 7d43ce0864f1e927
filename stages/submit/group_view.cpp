#include "stages/submit/group_view.hpp"

#include "stages/s3/dates.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostNameBytes = 80;

std::optional<Role> role_named(const std::string& word) {
    for (const Role role : {Role::map, Role::merge, Role::reduce})
        if (word == word_of(role)) return role;
    return std::nullopt;
}

std::uint64_t number(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// extra.af, when it is one that we know.
Json marks_of(const TaskDefinition& task) {
    const Json extra = Json::parse(task.extra, nullptr, false);
    if (!extra.is_object()) return nullptr;
    const auto marks = extra.find("af");
    if (marks == extra.end() || !marks->is_object() || number(*marks, "version") != 1) return nullptr;
    return *marks;
}

void read_status(GroupTask& kept, const TaskStatus& status) {
    kept.task_id = status.task_id;
    kept.state = status.state;
    for (const TaskRun& run : status.runs)
        if (run.state == "completed") kept.completed_run = std::max(kept.completed_run, run.run_id);
    if (status.runs.empty()) return;
    const TaskRun& last = status.runs.back();
    kept.last_run = last.run_id;
    kept.reason = last.reason_resolved;
    kept.started = parse_iso_date(last.started);
    kept.resolved = parse_iso_date(last.resolved);
}

void count(StateCounts& counts, const GroupTask& task) { ++counts.states[task.state]; }

// How the mappers get on, by the queue's own dates: the clock of this machine only counts when it is later than them.
void measure(GroupSummary& summary, const GroupSnapshot& snapshot, WallTime now) {
    std::optional<WallTime> first;
    std::optional<WallTime> last_resolved;
    bool running = false;
    bool mapping = false;
    std::optional<WallTime> last_mapped;
    for (const GroupTask& task : snapshot.tasks) {
        if (task.started) first = std::min(first.value_or(*task.started), *task.started);
        if (task.resolved) last_resolved = std::max(last_resolved.value_or(*task.resolved), *task.resolved);
        running = running || task.state == "running" || task.state == "pending";
        if (task.role != Role::map) continue;
        mapping = mapping || !task.has_ended();
        if (task.state == "completed" && task.resolved)
            last_mapped = std::max(last_mapped.value_or(*task.resolved), *task.resolved);
    }
    if (!first) return;
    const WallTime last = last_resolved && (!running || *last_resolved > now) ? *last_resolved : now;
    const auto seconds_to = [&first](WallTime at) { return std::chrono::duration<double>(at - *first).count(); };
    summary.seconds = std::max(0.0, seconds_to(last));
    if (summary.bytes_mapped == 0 || !last_mapped) return;
    const double mapped_for = seconds_to(mapping ? last : *last_mapped);
    if (mapped_for <= 0) return;
    summary.bytes_per_second = static_cast<double>(summary.bytes_mapped) / mapped_for;
    if (mapping && summary.whole)
        summary.seconds_left = static_cast<double>(summary.bytes - summary.bytes_mapped) / summary.bytes_per_second;
}

// Those whose end is the group's: the reducers, or, without marks, all tasks.
bool is_final(const GroupTask& task) { return !task.role || task.role == Role::reduce; }

const GroupTask* earlier(const GroupTask* known, const GroupTask& task) {
    if (!known) return &task;
    if (!task.resolved) return known;
    return !known->resolved || *task.resolved < *known->resolved ? &task : known;
}

Verdict judge(const GroupSummary& summary, bool finals_completed, bool fatal) {
    if (summary.whole && finals_completed) return Verdict::completed;
    if (!fatal) return Verdict::running;
    return summary.first_failure->reason == "canceled" ? Verdict::cancelled : Verdict::failed;
}

}  // namespace

void add_task(GroupSnapshot& snapshot, const TaskInGroup& task) {
    GroupTask kept;
    read_status(kept, task.status);
    kept.name = task.task.name.substr(0, kMostNameBytes);
    const Json marks = marks_of(task.task);
    if (marks.is_object()) {
        kept.role = role_named(text(marks, "role"));
        kept.index = static_cast<std::uint32_t>(number(marks, "index"));
        kept.objects = number(marks, "objects");
        kept.bytes = number(marks, "bytes");
        if (kept.role && !snapshot.marks) {
            snapshot.marks =
                GroupMarks{number(marks, "mappers"),  number(marks, "mergers"),
                           number(marks, "reducers"), marks.value("reduce_what_succeeded", Json(false)) == Json(true),
                           text(marks, "job"),        text(marks, "artifacts"),
                           text(marks, "plan")};
        }
    }
    snapshot.tasks.push_back(std::move(kept));
}

void put_in_order(GroupSnapshot& snapshot) {
    const auto key = [](const GroupTask& task) {
        return std::tuple(task.role ? static_cast<int>(*task.role) : 3, task.index, std::string_view(task.task_id));
    };
    std::sort(snapshot.tasks.begin(), snapshot.tasks.end(),
              [&key](const GroupTask& a, const GroupTask& b) { return key(a) < key(b); });
}

std::uint64_t StateCounts::of(const std::string& state) const {
    const auto found = states.find(state);
    return found == states.end() ? 0 : found->second;
}

std::uint64_t StateCounts::there() const {
    std::uint64_t sum = 0;
    for (const auto& [state, tasks] : states) sum += tasks;
    return sum;
}

std::string_view word_of(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::running: return "running";
        case Verdict::completed: return "completed";
        case Verdict::failed: return "failed";
        case Verdict::cancelled: return "cancelled";
    }
    return "";
}

GroupSummary summarize(const GroupSnapshot& snapshot, WallTime now) {
    GroupSummary summary;
    bool final_failed = false;
    bool finals_completed = true;
    bool any_final = false;
    bool busy = false;  // something is pending, runs, or is in a state that we do not know
    for (const GroupTask& task : snapshot.tasks) {
        StateCounts& counts = !task.role                 ? summary.others
                              : task.role == Role::map   ? summary.mappers
                              : task.role == Role::merge ? summary.mergers
                                                         : summary.reducers;
        count(counts, task);
        if (task.role == Role::map) {
            summary.bytes += task.bytes;
            if (task.state == "completed") summary.bytes_mapped += task.bytes;
        }
        if (is_final(task)) {
            any_final = true;
            finals_completed = finals_completed && task.state == "completed";
            final_failed = final_failed || task.has_failed();
        }
        busy = busy || (!task.has_ended() && task.state != "unscheduled");
        if (task.has_failed()) summary.first_failure = earlier(summary.first_failure, task);
    }
    const GroupMarks marks = snapshot.marks.value_or(GroupMarks{});
    summary.mappers.expected = std::max(marks.mappers, summary.mappers.there());
    summary.mergers.expected = std::max(marks.mergers, summary.mergers.there());
    summary.reducers.expected = std::max(marks.reducers, summary.reducers.there());
    summary.others.expected = summary.others.there();
    summary.whole = !snapshot.tasks.empty() && summary.mappers.there() >= marks.mappers &&
                    summary.mergers.there() >= marks.mergers && summary.reducers.there() >= marks.reducers;
    const bool blocked = summary.first_failure && !final_failed && !marks.reduce_what_succeeded;
    summary.reducer_never_runs = blocked && snapshot.marks.has_value();
    summary.at_rest = !snapshot.tasks.empty() && !busy;
    summary.verdict = judge(summary, any_final && finals_completed, final_failed || blocked);
    measure(summary, snapshot, now);
    return summary;
}

std::string title_of(const GroupTask& task) { return task.name.empty() ? task.task_id : task.name; }

}  // namespace af
