#include "stages/submit/group_view.hpp"

#include "stages/s3/dates.hpp"
#include "tests/support/made_group.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::made_group;
using test::made_task_id;

namespace {

const WallTime kNow = *parse_iso_date("2026-11-24T02:01:40Z");  // 100 s after the first task began

GroupSummary summary_of(const GroupSnapshot& snapshot) { return summarize(snapshot, kNow); }

}  // namespace

TEST_CASE("A group that works says how many tasks are in which state, and how many bytes are mapped",
          "[submit][view]") {
    const GroupSnapshot group = made_group({{.number = 0, .state = "completed", .bytes = 300},
                                            {.number = 1, .state = "running", .bytes = 100},
                                            {.number = 9, .role = "reduce", .state = "unscheduled"}});
    const GroupSummary summary = summary_of(group);
    CHECK(summary.verdict == Verdict::running);
    CHECK(summary.whole);
    CHECK_FALSE(summary.at_rest);
    CHECK(summary.mappers.of("completed") == 1);
    CHECK(summary.mappers.of("running") == 1);
    CHECK(summary.reducers.of("unscheduled") == 1);
    CHECK(summary.bytes == 400);
    CHECK(summary.bytes_mapped == 300);
    CHECK(summary.seconds == Approx(100));
    CHECK(summary.bytes_per_second == Approx(3));
    CHECK(summary.seconds_left.value() == Approx(100 / 3.0));
}

TEST_CASE("While nothing is mapped, or not all is posted, nobody says how long it takes", "[submit][view]") {
    CHECK_FALSE(summary_of(made_group({{.state = "running"}, {.number = 1, .state = "pending"}})).seconds_left);
    const GroupSummary posting = summary_of(made_group({{.state = "completed", .mappers = 9}}));
    CHECK(posting.bytes_per_second > 0);
    CHECK_FALSE(posting.seconds_left);
}

TEST_CASE("A clock that is behind the queue's does not make the group older or faster", "[submit][view]") {
    const GroupSnapshot group = made_group({{.state = "completed", .bytes = 1000}, {.number = 1, .state = "running"}});
    const GroupSummary summary = summarize(group, *parse_iso_date("2020-01-01T00:00:00Z"));
    CHECK(summary.seconds == Approx(100));
    CHECK(summary.bytes_per_second == Approx(10));
}

TEST_CASE("A group whose tasks are not all posted yet has not completed", "[submit][view]") {
    const GroupSnapshot half = made_group({{.state = "completed", .mappers = 2}});
    CHECK(summary_of(half).verdict == Verdict::running);
    CHECK_FALSE(summary_of(half).whole);
    CHECK(summary_of(half).mappers.expected == 2);
    const GroupSnapshot whole = made_group({{.state = "completed"},
                                            {.number = 1, .state = "completed"},
                                            {.number = 9, .role = "reduce", .state = "completed"}});
    CHECK(summary_of(whole).verdict == Verdict::completed);
    CHECK(summary_of(whole).at_rest);
    CHECK(summary_of(made_group({})).verdict == Verdict::running);
}

TEST_CASE("A mapper that failed for good fails the group at once: the reducer will never run", "[submit][view]") {
    const GroupSnapshot group = made_group({{.number = 0, .state = "running"},
                                            {.number = 1, .state = "failed", .runs = 2},
                                            {.number = 9, .role = "reduce", .state = "unscheduled"}});
    const GroupSummary summary = summary_of(group);
    CHECK(summary.verdict == Verdict::failed);
    CHECK(summary.reducer_never_runs);
    CHECK_FALSE(summary.at_rest);
    REQUIRE(summary.first_failure);
    CHECK(summary.first_failure->task_id == made_task_id(1));
    CHECK(summary.first_failure->last_run == 1);
}

TEST_CASE("A run that was lost and is tried again is no failure", "[submit][view]") {
    const GroupSummary summary =
        summary_of(made_group({{.state = "pending", .runs = 2}, {.number = 1, .state = "running"}}));
    CHECK(summary.verdict == Verdict::running);
    CHECK(summary.first_failure == nullptr);
}

TEST_CASE("The first failure is the one that happened first", "[submit][view]") {
    const GroupSnapshot group = made_group(
        {{.number = 0, .state = "failed", .resolved = "2026-11-24T02:09:00.000Z"},
         {.number = 1, .state = "exception", .reason = "deadline-exceeded", .resolved = "2026-11-24T02:05:00.000Z"}});
    CHECK(summary_of(group).first_failure->task_id == made_task_id(1));
}

TEST_CASE("A reducer that takes what has succeeded lets the group go on after a mapper failed", "[submit][view]") {
    std::vector<test::MadeTask> tasks{{.number = 0, .state = "completed", .reduce_what_succeeded = true},
                                      {.number = 1, .state = "failed", .reduce_what_succeeded = true}};
    const GroupSnapshot unposted = made_group(tasks);
    CHECK(summary_of(unposted).verdict == Verdict::running);
    tasks.push_back({.number = 9, .role = "reduce", .state = "running", .reduce_what_succeeded = true});
    const GroupSnapshot group = made_group(tasks);
    CHECK(summary_of(group).verdict == Verdict::running);
    CHECK_FALSE(summary_of(group).reducer_never_runs);
    tasks[2].state = "failed";
    const GroupSnapshot failed = made_group(tasks);
    CHECK(summary_of(failed).verdict == Verdict::failed);
    tasks[2].state = "completed";
    const GroupSnapshot done = made_group(tasks);
    CHECK(summary_of(done).verdict == Verdict::completed);
}

TEST_CASE("A group that was cancelled says so", "[submit][view]") {
    const GroupSnapshot group =
        made_group({{.state = "exception", .reason = "canceled"},
                    {.number = 1, .state = "completed"},
                    {.number = 9, .role = "reduce", .state = "exception", .reason = "canceled"}});
    CHECK(summary_of(group).verdict == Verdict::cancelled);
    CHECK(summary_of(group).at_rest);
}

TEST_CASE("A state that is not known is kept as it is and counts as not ended", "[submit][view]") {
    const GroupSnapshot group = made_group({{.state = "quarantined"}, {.number = 1, .state = "completed"}});
    const GroupSummary summary = summary_of(group);
    CHECK(summary.mappers.of("quarantined") == 1);
    CHECK(summary.verdict == Verdict::running);
    CHECK_FALSE(summary.at_rest);
}

TEST_CASE("Tasks without marks are counted, and their group has ended when all have", "[submit][view]") {
    const GroupSnapshot group =
        made_group({{.role = "", .state = "completed"}, {.number = 1, .role = "", .state = "running"}});
    CHECK_FALSE(group.marks);
    CHECK(summary_of(group).verdict == Verdict::running);
    CHECK(summary_of(group).others.of("completed") == 1);
    const GroupSnapshot done = made_group({{.role = "", .state = "completed"}});
    CHECK(summary_of(done).verdict == Verdict::completed);
    const GroupSnapshot failed =
        made_group({{.role = "", .state = "failed"}, {.number = 1, .role = "", .state = "running"}});
    CHECK(summary_of(failed).verdict == Verdict::failed);
    CHECK_FALSE(summary_of(failed).reducer_never_runs);
}

TEST_CASE("The highest run that completed is kept, whatever came after it", "[submit][view]") {
    TaskInGroup task = test::made_task({.state = "pending", .runs = 3});
    task.status.runs[1].state = "completed";
    GroupSnapshot snapshot;
    add_task(snapshot, task);
    CHECK(snapshot.tasks.front().completed_run == 1);
    CHECK(snapshot.tasks.front().last_run == 2);
}

TEST_CASE("Marks of another version, or that are none, are no marks", "[submit][view]") {
    for (const char* extra :
         {R"({"af":{"version":2,"role":"map"}})", R"({"af":7})", R"([])", R"({"af":{"version":1,"role":"cook"}})"}) {
        TaskInGroup task = test::made_task({});
        task.task.extra = extra;
        GroupSnapshot snapshot;
        add_task(snapshot, task);
        CHECK_FALSE(snapshot.marks);
        CHECK_FALSE(snapshot.tasks.front().role);
    }
}

TEST_CASE("A task of a group takes at most 400 bytes, its name cut", "[submit][view]") {
    TaskInGroup task = test::made_task({.state = "exception", .reason = "deadline-exceeded"});
    task.task.name = std::string(255, 'n');
    GroupSnapshot snapshot;
    add_task(snapshot, task);
    const GroupTask& kept = snapshot.tasks.front();
    std::size_t bytes = sizeof kept;
    for (const std::string* text : {&kept.task_id, &kept.name, &kept.state, &kept.reason})
        if (text->capacity() > 15) bytes += text->capacity() + 1;
    CHECK(bytes <= 400);
}
