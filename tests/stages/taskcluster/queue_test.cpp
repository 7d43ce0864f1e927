#include "stages/taskcluster/queue.hpp"

#include "tests/stages/taskcluster/client_bench.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace af;
using test::FakeHttp;
using test::error_of;
using test::run_task;

namespace {

using Reply = FakeHttp::Reply;
using Kind = CreateOutcome::Kind;

constexpr const char* kTask = "V87ZV9cmQE69d_wNxf5fdQ";
constexpr const char* kGroup = "D6cv3DO_TZyDJF17HnNVNw";

struct Bench : test::ClientBench {
    explicit Bench(std::vector<Reply> script) : ClientBench(std::move(script)) {}
    const HttpRequest& asked(std::size_t index) const { return http.asked.at(index); }
    Queue queue{client};
};

std::string status_json(std::string state, std::string runs = "[]") {
    return R"({"taskId":"V87ZV9cmQE69d_wNxf5fdQ","provisionerId":"proj-test","workerType":"ci",)"
           R"("taskQueueId":"proj-test/ci",)"
           R"("schedulerId":"test-scheduler","projectId":"none","taskGroupId":"D6cv3DO_TZyDJF17HnNVNw",)"
           R"("priority":"lowest",)"
           R"("deadline":"2026-11-24T03:22:18.539Z","expires":"2026-11-25T02:22:18.539Z","retriesLeft":5,"state":")" +
           state + R"(","runs":)" + runs + "}";
}

// What Taskcluster 106 answers to createTask and task, as recorded.
constexpr const char* kSent =
    R"({"taskQueueId":"proj-test/manual","schedulerId":"test-scheduler","created":"2026-11-24T02:22:18.538Z",)"
    R"("deadline":"2026-11-24T03:22:18.539Z","expires":"2026-11-25T02:22:18.539Z","payload":{"image":"ubuntu:22.04",)"
    R"("command":["/bin/sh","-c","echo hi"],"maxRunTime":300,"env":{}},"metadata":{"name":"test",)"
    R"("description":"test task","owner":"nobody@example.com","source":"https://example.com/src"}})";
constexpr const char* kHeld =
    R"({"provisionerId":"proj-test","workerType":"manual","taskQueueId":"proj-test/manual",)"
    R"("schedulerId":"test-scheduler","projectId":"none","taskGroupId":"V87ZV9cmQE69d_wNxf5fdQ","dependencies":[],)"
    R"("requires":"all-completed","routes":[],"priority":"lowest","retries":5,"created":"2026-11-24T02:22:18.538Z",)"
    R"("deadline":"2026-11-24T03:22:18.539Z","expires":"2026-11-25T02:22:18.539Z","scopes":[],"payload":{"env":{},)"
    R"("image":"ubuntu:22.04","command":["/bin/sh","-c","echo hi"],"maxRunTime":300},"metadata":{"name":"test",)"
    R"("owner":"nobody@example.com","source":"https://example.com/src","description":"test task"},"tags":{},)"
    R"("extra":{}})";
constexpr const char* kConflict =
    R"({"code":"RequestConflict",)"
    R"("message":"taskId `V87ZV9cmQE69d_wNxf5fdQ` already used by another task.\nThis could be the result of faulty )"
    R"(idempotency!\n\n---\n\n* method: createTask"})";

TaskStatus with_runs(std::string runs) {
    return parse_task_status(nlohmann::json::parse(status_json("completed", runs)));
}

}  // namespace

TEST_CASE("A task's definition and status are read", "[taskcluster][queue]") {
    Bench bench(
        {{.body = kHeld},
         {.body =
              R"({"status":)" +
              status_json(
                  "running",
                  R"([{"runId":0,"state":"exception","reasonCreated":"scheduled","reasonResolved":"worker-shutdown",)"
                  R"("scheduled":"a","started":"b","resolved":"c"},{"runId":1,"state":"running",)"
                  R"("reasonCreated":"retry"}])") +
              "}"}});
    const TaskDefinition task = run_task(bench.queue.task(kTask, {}));
    CHECK(bench.asked(0).url == "http://taskcluster/api/queue/v1/task/V87ZV9cmQE69d_wNxf5fdQ");
    CHECK(task.name == "test");
    CHECK(task.owner == "nobody@example.com");
    CHECK(task.dependencies.empty());
    CHECK(nlohmann::json::parse(task.payload)["maxRunTime"] == 300);
    const TaskStatus status = run_task(bench.queue.status(kTask, {}));
    CHECK(bench.asked(1).url == "http://taskcluster/api/queue/v1/task/V87ZV9cmQE69d_wNxf5fdQ/status");
    CHECK(status.state == "running");
    CHECK_FALSE(status.resolved());
    REQUIRE(status.runs.size() == 2);
    CHECK(status.runs[0].reason_resolved == "worker-shutdown");
    CHECK(status.runs[1].run_id == 1);
}

TEST_CASE("What is no task id is refused before any call", "[taskcluster][queue]") {
    Bench bench({});
    CHECK(error_of(bench.queue.status("../secrets", {})).kind() == ErrorKind::usage);
    CHECK(error_of(bench.queue.artifact("x", 0, "a", {})).kind() == ErrorKind::usage);
    CHECK(error_of(bench.queue.list_states("", "", 1, {})).kind() == ErrorKind::usage);
    CHECK(bench.http.asked.empty());
}

TEST_CASE("A reply with fields of another type is corrupt", "[taskcluster][queue]") {
    for (const char* body :
         {"{}", "[]", R"({"status":[]})", R"({"status":{"taskId":"t","state":3,"runs":[]}})",
          R"({"status":{"taskId":"t","state":"pending","runs":[{"runId":-1,"state":"pending"}]}})"}) {
        INFO(body);
        Bench bench({{.body = body}});
        CHECK(error_of(bench.queue.status(kTask, {})).kind() == ErrorKind::corrupt);
    }
}

TEST_CASE("A task is created with the bytes it was given", "[taskcluster][queue]") {
    Bench bench({Reply{.status = 500}, {.body = R"({"status":)" + status_json("unscheduled") + "}"}});
    const CreateOutcome outcome = run_task(bench.queue.create_task(kTask, kSent, {}));
    CHECK(outcome.kind == Kind::created);
    CHECK(outcome.status.state == "unscheduled");
    REQUIRE(bench.http.asked.size() == 2);
    CHECK(bench.asked(0).method == "PUT");
    CHECK(bench.asked(0).body == kSent);
    CHECK(bench.asked(1).body == kSent);
}

TEST_CASE("A conflict with our own task is none", "[taskcluster][queue]") {
    Bench bench({{.status = 409, .body = kConflict}, {.body = kHeld}});
    CHECK(run_task(bench.queue.create_task(kTask, kSent, {})).kind == Kind::same);
    CHECK(bench.asked(1).method == "GET");
}

TEST_CASE("A conflict with another task tells what the queue says", "[taskcluster][queue]") {
    std::string other = kSent;
    other.replace(other.find(":300"), 4, ":301");
    Bench bench({{.status = 409, .body = kConflict}, {.body = kHeld}});
    const CreateOutcome outcome = run_task(bench.queue.create_task(kTask, other, {}));
    CHECK(outcome.kind == Kind::conflict);
    CHECK(outcome.conflict ==
          "taskId `V87ZV9cmQE69d_wNxf5fdQ` already used by another task. This could be the result of faulty "
          "idempotency!");

    Bench sealed({{.status = 409, .body = R"({"code":"RequestConflict","message":"Task group is sealed"})"},
                  {.status = 404, .body = R"({"code":"ResourceNotFound","message":"no"})"}});
    CHECK(run_task(sealed.queue.create_task(kTask, kSent, {})).kind == Kind::conflict);
}

TEST_CASE("A success that says nothing of the task is corrupt", "[taskcluster][queue]") {
    for (const char* body : {"", "{}", "[]"}) {
        Bench bench({{.body = body}});
        const Error error = error_of(bench.queue.create_task(kTask, kSent, {}));
        CHECK(error.kind() == ErrorKind::corrupt);
    }
}

TEST_CASE("A refused task names itself", "[taskcluster][queue]") {
    Bench bench({{.status = 400, .body = R"({"code":"InputError","message":"no such dependency"})"}});
    const Error error = error_of(bench.queue.create_task(kTask, kSent, {}));
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.item() == kTask);
}

TEST_CASE("Definitions are compared by what was sent", "[taskcluster][queue]") {
    const auto same = [](const char* sent, const char* held) {
        return same_definition(nlohmann::json::parse(sent), nlohmann::json::parse(held));
    };
    CHECK(same(R"({"a":1})", R"({"a":1.0,"b":2})"));
    CHECK_FALSE(same(R"({"a":1,"b":2})", R"({"a":1})"));
    CHECK(same(R"(["2026-11-24T02:22:18.500Z"])", R"(["2026-11-24T03:22:18.5+01:00"])"));
    CHECK_FALSE(same(R"(["2026-11-24T02:22:18.500Z"])", R"(["2026-11-24T02:22:18.501Z"])"));
    CHECK_FALSE(same(R"(["a"])", R"(["b"])"));
    CHECK_FALSE(same(R"(["a"])", R"(["a","a"])"));
    CHECK_FALSE(same(R"({"a":null})", R"({"a":false})"));
    CHECK(same("9007199254740993", "9007199254740992"));  // the queue rounds to a double
}

TEST_CASE("A task group is read page by page", "[taskcluster][queue]") {
    const auto page = [](std::string token) {
        return Reply{
            .body = R"({"taskGroupId":"D6cv3DO_TZyDJF17HnNVNw","schedulerId":"s","expires":"x","tasks":[{"status":)" +
                    status_json("unheard-of") + R"(,"task":)" + kHeld + "}]" +
                    (token.empty() ? "" : R"(,"continuationToken":")" + token + "\"") + "}"};
    };
    Bench bench({page("jGzmdv8vpK"), page("")});
    const TaskGroupPage first = run_task(bench.queue.list_states(kGroup, "", 2, {}));
    REQUIRE(first.tasks.size() == 1);
    CHECK(first.tasks[0].status.state == "unheard-of");
    CHECK_FALSE(first.tasks[0].status.resolved());
    CHECK(first.tasks[0].task.name == "test");
    CHECK(first.next_token == "jGzmdv8vpK");
    CHECK(run_task(bench.queue.list_states(kGroup, first.next_token, 2, {})).next_token.empty());
    const std::string list = "http://taskcluster/api/queue/v1/task-group/D6cv3DO_TZyDJF17HnNVNw/list?";
    CHECK(bench.asked(0).url == list + "limit=2");
    CHECK(bench.asked(1).url == list + "continuationToken=jGzmdv8vpK&limit=2");
}

TEST_CASE("A group is sealed, then cancelled; a task is rerun", "[taskcluster][queue]") {
    const std::string status = R"({"status":)" + status_json("exception") + "}";
    Bench bench(
        {{.body = R"({"taskGroupId":"D6cv3DO_TZyDJF17HnNVNw","schedulerId":"s","expires":"x","sealed":"y"})"},
         {.body = R"({"taskGroupId":"D6cv3DO_TZyDJF17HnNVNw","taskGroupSize":3,"cancelledCount":2,"taskIds":[]})"},
         {.body = status}});
    run_task(bench.queue.seal_task_group(kGroup, {}));
    const CancelledGroup cancelled = run_task(bench.queue.cancel_task_group(kGroup, {}));
    CHECK(cancelled.cancelled == 2);
    CHECK(cancelled.size == 3);
    CHECK(run_task(bench.queue.rerun_task(kTask, {})).state == "exception");
    const std::string group = "http://taskcluster/api/queue/v1/task-group/D6cv3DO_TZyDJF17HnNVNw/";
    const std::string task = "http://taskcluster/api/queue/v1/task/V87ZV9cmQE69d_wNxf5fdQ/";
    CHECK(bench.asked(0).url == group + "seal");
    CHECK(bench.asked(1).url == group + "cancel");
    CHECK(bench.asked(2).url == task + "rerun");
    for (std::size_t i = 0; i < 3; ++i) CHECK(bench.asked(i).method == "POST");

    Bench unsealed(
        {{.status = 409, .body = R"({"code":"RequestConflict","message":"Cannot cancel unsealed task group"})"}});
    CHECK(error_of(unsealed.queue.cancel_task_group(kGroup, {})).kind() == ErrorKind::refused);
}

TEST_CASE("Artifacts of a run are listed page by page", "[taskcluster][queue]") {
    Bench bench({{.body = R"({"artifacts":[{"storageType":"s3","name":"public/logs/live.log",)"
                          R"("expires":"2026-11-25T02:23:38.534Z","contentType":"text/plain; charset=utf-8",)"
                          R"("contentLength":278}],"continuationToken":"WyJF"})"},
                 {.body = R"({"artifacts":[{"storageType":"object","name":"public/obj.txt","expires":"x",)"
                          R"("contentType":"text/plain"}]})"}});
    const ArtifactPage first = run_task(bench.queue.list_artifacts(kTask, 0, "", {}));
    REQUIRE(first.artifacts.size() == 1);
    CHECK(first.artifacts[0].content_length == 278);
    const ArtifactPage last = run_task(bench.queue.list_artifacts(kTask, 0, first.next_token, {}));
    REQUIRE(last.artifacts.size() == 1);
    CHECK_FALSE(last.artifacts[0].content_length);
    CHECK(last.artifacts[0].storage_type == "object");
    CHECK(last.next_token.empty());
    const std::string artifacts = "http://taskcluster/api/queue/v1/task/V87ZV9cmQE69d_wNxf5fdQ/runs/0/artifacts";
    CHECK(bench.asked(0).url == artifacts);
    CHECK(bench.asked(1).url == artifacts + "?continuationToken=WyJF");
}

TEST_CASE("The highest completed run counts, not the latest", "[taskcluster][status]") {
    CHECK(highest_completed_run(with_runs(
              R"([{"runId":0,"state":"exception"},{"runId":1,"state":"completed"},{"runId":2,"state":"pending"}])")) ==
          1);
    CHECK(highest_completed_run(with_runs(R"([{"runId":0,"state":"completed"},{"runId":1,"state":"completed"}])")) ==
          1);

    TaskStatus none = with_runs(
        R"([{"runId":0,"state":"exception","reasonResolved":"worker-shutdown"},{"runId":1,"state":"exception",)"
        R"("reasonResolved":"deadline-exceeded"}])");
    none.state = "exception";
    const auto run = highest_completed_run(none);
    REQUIRE_FALSE(run);
    CHECK(run.error().kind() == ErrorKind::not_found);
    CHECK(run.error().item() == kTask);
    CHECK(std::string(run.error().what()) ==
          "task V87ZV9cmQE69d_wNxf5fdQ has no completed run: it is exception (deadline-exceeded)");
    TaskStatus unscheduled = with_runs("[]");
    unscheduled.state = "unscheduled";
    CHECK(std::string(highest_completed_run(unscheduled).error().what()).ends_with("it is unscheduled"));
}
