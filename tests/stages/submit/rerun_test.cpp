#include "stages/submit/rerun.hpp"

#include "tests/support/made_group.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::made_group;
using test::made_task_id;

TEST_CASE("Failed mappers are rerun alone; a reducer that never ran is the queue's to start", "[submit][rerun]") {
    const GroupSnapshot group = made_group({{.number = 0, .state = "completed"},
                                            {.number = 1, .state = "failed"},
                                            {.number = 9, .role = "reduce", .state = "unscheduled"}});
    const RerunStep step = next_rerun(group);
    REQUIRE(step.tasks.size() == 1);
    CHECK(step.tasks.front()->task_id == made_task_id(1));
    CHECK(step.ready);
    CHECK_FALSE(step.more);
}

TEST_CASE("A reducer that has failed follows its mappers", "[submit][rerun]") {
    std::vector<test::MadeTask> tasks{{.number = 0, .state = "completed"},
                                      {.number = 1, .state = "exception", .reason = "canceled"},
                                      {.number = 9, .role = "reduce", .state = "exception", .reason = "canceled"}};
    const GroupSnapshot failed = made_group(tasks);
    CHECK(next_rerun(failed).tasks.front()->task_id == made_task_id(1));
    CHECK(next_rerun(failed).more);
    tasks[1].state = "running";
    const GroupSnapshot again = made_group(tasks);
    CHECK(next_rerun(again).tasks.front()->task_id == made_task_id(9));
    CHECK_FALSE(next_rerun(again).ready);
    tasks[1].state = "completed";
    const GroupSnapshot mapped = made_group(tasks);
    CHECK(next_rerun(mapped).ready);
    CHECK_FALSE(next_rerun(mapped).more);
}

TEST_CASE("Where nothing has failed there is nothing to rerun", "[submit][rerun]") {
    const GroupSnapshot group = made_group({{.number = 0, .state = "completed"}, {.number = 1, .state = "running"}});
    CHECK(next_rerun(group).tasks.empty());
}

TEST_CASE("Failed tasks without marks are rerun at once", "[submit][rerun]") {
    const GroupSnapshot group =
        made_group({{.number = 0, .role = "", .state = "failed"}, {.number = 1, .role = "", .state = "running"}});
    CHECK(next_rerun(group).tasks.size() == 1);
    CHECK(next_rerun(group).ready);
}
