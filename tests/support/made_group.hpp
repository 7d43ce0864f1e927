// Task groups as the queue lists them, made in one line.
#pragma once

#include "stages/submit/group_view.hpp"

#include <fmt/format.h>
#include <string>

namespace af::test {

// "0123456789ABCDEFGHIJ-3"-like ids that are told apart by `number`.
inline std::string made_task_id(unsigned number) { return fmt::format("V87ZV9cmQE69d_wNx{:04}Q", number); }

struct MadeTask {
    unsigned number = 0;
    std::string role = "map";  // empty: no marks
    std::string state = "pending";
    std::string reason{};
    int runs = 1;
    std::uint64_t bytes = 100;
    unsigned mappers = 2;
    unsigned reducers = 1;
    bool reduce_what_succeeded = false;
    std::string started = "2026-11-24T02:00:00.000Z";
    std::string resolved = "2026-11-24T02:01:40.000Z";
};

inline TaskInGroup made_task(const MadeTask& made) {
    TaskInGroup task;
    task.status.task_id = made_task_id(made.number);
    task.status.state = made.state;
    for (int run = 0; run < made.runs && made.state != "unscheduled"; ++run) {
        TaskRun one;
        one.run_id = run;
        one.state = run + 1 == made.runs ? made.state : "exception";
        one.started = one.state == "pending" ? "" : made.started;
        const bool ended = one.state == "completed" || one.state == "failed" || one.state == "exception";
        if (ended) one.resolved = made.resolved;
        if (ended) one.reason_resolved = made.reason.empty() ? one.state : made.reason;
        task.status.runs.push_back(one);
    }
    task.task.name = fmt::format("os-count {} {}", made.role.empty() ? "task" : made.role, made.number);
    task.task.extra = "{}";
    if (!made.role.empty()) {
        task.task.extra = fmt::format(
            R"({{"af":{{"version":1,"role":"{}","index":{},"mappers":{},"mergers":0,"reducers":{},"objects":3,)"
            R"("bytes":{},)"
            R"("job":"os-count","artifacts":"af","plan":"ab"{}}}}})",
            made.role, made.number, made.mappers, made.reducers, made.role == "map" ? made.bytes : 0,
            made.reduce_what_succeeded ? R"(,"reduce_what_succeeded":true)" : "");
    }
    return task;
}

inline GroupSnapshot made_group(const std::vector<MadeTask>& tasks) {
    GroupSnapshot snapshot;
    snapshot.group_id = "D6cv3DO_TZyDJF17HnNVNw";
    for (const MadeTask& task : tasks) add_task(snapshot, made_task(task));
    put_in_order(snapshot);
    return snapshot;
}

}  // namespace af::test
