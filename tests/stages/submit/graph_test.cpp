#include "sample_plan.hpp"

#include "engine/error.hpp"
#include "stages/taskcluster/ids.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

namespace af {
namespace {

using Json = nlohmann::json;
using Change = std::function<void(Plan&)>;

Json definition(const TaskGraph& graph, std::size_t place) { return Json::parse(graph.task(place).definition); }

std::string refusal(const Change& change, std::size_t mappers = 2) {
    Plan plan = sample_plan(mappers);
    change(plan);
    try {
        TaskGraph graph(plan, sample_facts());
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        return error.what();
    }
    return "taken";
}

std::vector<std::string> texts(const Json& list) { return list.get<std::vector<std::string>>(); }

bool has(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

TEST_CASE("a graph has its mappers first and then a reducer that depends on all of them", "[submit][graph]") {
    const Plan plan = sample_plan(3);
    const TaskGraph graph(plan, sample_facts());
    REQUIRE(graph.size() == 4);
    const Json reducer = definition(graph, 3);
    CHECK(texts(reducer["dependencies"]) == std::vector{graph.task_id(0), graph.task_id(1), graph.task_id(2)});
    CHECK(reducer["requires"] == "all-completed");
    CHECK(reducer["payload"]["command"] == Json({"af-task", "reduce"}));
    CHECK(definition(graph, 0)["dependencies"].empty());
    for (std::size_t place = 0; place < graph.size(); ++place) {
        CHECK(is_task_id(graph.task_id(place)));
        CHECK(definition(graph, place)["taskGroupId"] == kSampleGroup);
        CHECK(definition(graph, place)["payload"]["onExitStatus"]["retry"] == Json({74, 75, 125}));
    }
}

TEST_CASE("keys of a mapper are relative to what all of them lie below", "[submit][graph]") {
    const Plan plan = sample_plan();
    const TaskGraph graph(plan, sample_facts());
    const Json mapper = definition(graph, 1);
    CHECK(mapper["payload"]["env"]["AF_INPUT"] == "s3://telemetry/saved_session/");
    CHECK(mapper["payload"]["command"] == Json({"af-task", "map", "--", "00001-a.lzma", "00001-b.lzma"}));
}

TEST_CASE("keys that would read as something else stay whole", "[submit][graph]") {
    Plan plan = sample_plan(1);
    plan.loads[0].objects[0].name = "s3://telemetry/saved_session//odd";
    const TaskGraph graph(plan, sample_facts());
    const Json mapper = definition(graph, 0);
    CHECK_FALSE(mapper["payload"]["env"].contains("AF_INPUT"));
    CHECK(mapper["payload"]["command"][3] == "s3://telemetry/saved_session//odd");
}

TEST_CASE("the same plan, group and date make the same bytes, and another group other ids", "[submit][graph]") {
    const Plan plan = sample_plan();
    const TaskGraph one(plan, sample_facts()), two(plan, sample_facts());
    GraphFacts facts = sample_facts();
    facts.group_id = new_task_id();
    const TaskGraph other(plan, facts);
    std::set<std::string> ids;
    for (std::size_t place = 0; place < one.size(); ++place) {
        CHECK(one.task(place).definition == two.task(place).definition);
        ids.insert(one.task_id(place));
        ids.insert(other.task_id(place));
    }
    CHECK(ids.size() == 2 * one.size());
}

TEST_CASE("dates of a task keep their milliseconds and their order", "[submit][graph]") {
    const Plan plan = sample_plan();
    const Json task = definition(TaskGraph(plan, sample_facts()), 0);
    CHECK(task["created"] == "2026-11-25T08:45:42.123Z");
    CHECK(task["deadline"] == "2026-11-26T08:45:42.123Z");
    CHECK(task["expires"] == "2026-12-23T08:45:42.123Z");
}

TEST_CASE("mergers stand between mappers and reducers", "[submit][graph]") {
    Plan plan = sample_plan(5);
    plan.tasks.merge_fan_in = 2;
    plan.job.reducers = 2;
    const TaskGraph graph(plan, sample_facts());
    REQUIRE(graph.size() == 5 + 3 + 2);
    CHECK(graph.role(5) == Role::merge);
    CHECK(texts(definition(graph, 7)["dependencies"]) == std::vector{graph.task_id(4)});
    for (std::size_t reducer : {8, 9}) {
        const Json task = definition(graph, reducer);
        CHECK(texts(task["dependencies"]) == std::vector{graph.task_id(5), graph.task_id(6), graph.task_id(7)});
        CHECK(task["payload"]["env"]["REDUCER_ID"] == std::to_string(reducer - 8));
        CHECK(task["payload"]["env"]["AF_REDUCERS"] == "2");
    }
}

TEST_CASE("a map-only job has one task that puts the lines in order", "[submit][graph]") {
    Plan plan = sample_plan(3);
    plan.job.map_only = true;
    plan.job.reducers = 5;
    const TaskGraph graph(plan, sample_facts());
    REQUIRE(graph.reducers() == 1);
    CHECK_FALSE(definition(graph, 3)["payload"]["env"].contains("AF_REDUCERS"));
}

TEST_CASE("only mappers get keys for S3, and only reducers may read what mappers left", "[submit][graph]") {
    Plan plan = sample_plan();
    const TaskGraph graph(plan, sample_facts());
    CHECK(texts(definition(graph, 0)["scopes"]) ==
          std::vector<std::string>{"auth:aws-s3:read-only:telemetry/saved_session/"});
    CHECK(texts(definition(graph, 2)["scopes"]) == std::vector<std::string>{"queue:get-artifact:af/*"});

    plan.tasks.keys = TaskKeys::sealed;
    plan.tasks.key_secret = "project/af/key";
    plan.tasks.artifacts = "public/af";
    GraphFacts facts = sample_facts();
    facts.envelope = "{\"v\":1}";
    const TaskGraph sealed(plan, facts);
    CHECK(definition(sealed, 0)["payload"]["env"]["CREDENTIALS"] == facts.envelope);
    CHECK(texts(definition(sealed, 0)["scopes"]) == std::vector<std::string>{"secrets:get:project/af/key"});
    CHECK_FALSE(definition(sealed, 2)["payload"]["env"].contains("CREDENTIALS"));
    CHECK(definition(sealed, 2)["scopes"].empty());
}

TEST_CASE("the owner hears of every end of a reducer and of failures of mappers", "[submit][graph]") {
    Plan plan = sample_plan();
    plan.tasks.index_namespace = "project.af.os-count";
    const TaskGraph graph(plan, sample_facts());
    const std::vector<std::string> reducer = texts(definition(graph, 2)["routes"]);
    for (const char* end : {"on-completed", "on-failed", "on-exception"})
        CHECK(has(reducer, fmt::format("notify.email.me@example.org.{}", end)));
    CHECK(has(reducer, "index.project.af.os-count"));
    CHECK(texts(definition(graph, 0)["routes"]) == std::vector<std::string>{"notify.email.me@example.org.on-failed"});
    CHECK(definition(graph, 0)["extra"]["notify"] == definition(graph, 1)["extra"]["notify"]);

    plan.tasks.environment["AF_SMTP_SECRET"] = "project/af/smtp";
    CHECK(texts(definition(TaskGraph(plan, sample_facts()), 0)["routes"]).empty());
}

TEST_CASE("the scopes to submit are what createTask asks for, and what tasks carry", "[submit][graph]") {
    Plan plan = sample_plan();
    plan.tasks.index_namespace = "project.af.os-count";
    const std::vector<std::string> scopes = scopes_to_submit(plan);
    for (const char* scope : {"queue:create-task:lowest:proj-af/ci", "queue:create-task:project:none",
                              "queue:scheduler-id:analysis-framework", "queue:route:index.project.af.os-count",
                              "queue:route:notify.email.me@example.org.on-failed",
                              "auth:aws-s3:read-only:telemetry/saved_session/", "queue:get-artifact:af/*"})
        CHECK(has(scopes, scope));
    CHECK(std::is_sorted(scopes.begin(), scopes.end()));
}

TEST_CASE("10,001 mappers are refused with the options that help", "[submit][graph]") {
    try {
        const Plan plan = sample_plan(10'001);
        TaskGraph graph(plan, sample_facts());
        FAIL("they were taken");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        CHECK(std::string(error.what()).find("10,001") != std::string::npos);
        CHECK(error.advice().find("--load-size") != std::string::npos);
    }
    CHECK(refusal([](Plan&) {}, 10'000) == "taken");
}

TEST_CASE("what the queue would refuse is refused before it is asked", "[submit][graph]") {
    using std::chrono::hours;
    using std::chrono::seconds;
    CHECK(refusal([](Plan&) {}) == "taken");
    for (const char* queue : {"", "ci", "proj-af/", "/ci", "proj-af/CI", "proj-af/-ci", "proj-af/ci-", "a/b/c"})
        CHECK(refusal([&](Plan& plan) { plan.tasks.task_queue = queue; }).find("the task queue") == 0);
    CHECK(refusal([](Plan& plan) { plan.tasks.scheduler_id = "a b"; }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.scheduler_id = std::string(39, 'a'); }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.project_id = ""; }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.priority = "urgent"; }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.deadline = hours(24 * 5) + seconds(1); }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.expires = plan.tasks.deadline; }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.max_run_time = plan.tasks.deadline + seconds(1); }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.retries = 50; }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.notice.owner = "me@example.org\nBcc: you@example.org"; }).find("\\x0a") !=
          std::string::npos);
    CHECK(refusal([](Plan& plan) { plan.tasks.environment["CREDENTIALS"] = "x"; }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.environment["A B"] = "x"; }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.environment["A"] = std::string(131'071 - 2, 'x'); }) == "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.environment["A"] = std::string(131'071 - 1, 'x'); }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.job.bundle = std::string(100'000, 'x'); }).find("the job's folder") == 0);
    CHECK(refusal([](Plan& plan) { plan.tasks.read_prefix.clear(); }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.code_link = "file:///etc"; }) != "taken");
    CHECK(refusal([](Plan& plan) { plan.tasks.index_namespace = ".a"; }) != "taken");
    CHECK(refusal([](Plan& plan) {
              for (int i = 0; i < 2000; ++i) plan.loads[0].objects.push_back({std::string(1000, 'k'), 1, "", 0});
          }).find("command line") != std::string::npos);
}

}  // namespace af
