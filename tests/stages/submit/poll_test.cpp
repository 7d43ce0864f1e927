#include "stages/submit/poll.hpp"

#include "tests/stages/taskcluster/client_bench.hpp"
#include "tests/support/made_group.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace af;
using namespace std::chrono_literals;
using test::FakeHttp;
using test::made_task_id;
using test::run_task;

namespace {

using Reply = FakeHttp::Reply;

constexpr const char* kGroup = "D6cv3DO_TZyDJF17HnNVNw";

std::string task_json(unsigned number, const std::string& state,
                      const std::string& payload = R"({"command":["true"]})") {
    return fmt::format(
        R"({{"status":{{"taskId":"{}","state":"{}","runs":[{{"runId":0,"state":"{}","reasonCreated":"scheduled"}}]}},)"
        R"("task":{{"metadata":{{"name":"map {}"}},"payload":{},"scopes":["a"],"routes":[],"dependencies":[],)"
        R"("extra":{{"af":{{"version":1,"role":"map","index":{},"mappers":3,"reducers":0,"bytes":10}}}}}}}})",
        made_task_id(number), state, state, number, payload, number);
}

std::string page(const std::string& tasks, const std::string& token = "") {
    const std::string more = token.empty() ? "" : fmt::format(R"(,"continuationToken":"{}")", token);
    return fmt::format(R"({{"taskGroupId":"{}","tasks":[{}]{}}})", kGroup, tasks, more);
}

struct Bench : test::ClientBench {
    explicit Bench(std::vector<Reply> script) : ClientBench(std::move(script)) {}
    Queue queue{client};
};

// Keeps what it is told, and stops after so many snapshots.
struct Seen final : GroupWatcher {
    explicit Seen(std::size_t most) : most_(most) {}
    bool seen(const GroupSnapshot& snapshot) override {
        snapshots.push_back(snapshot);
        return snapshots.size() < most_;
    }
    void outage(const Error& why, Duration since, Duration) override {
        outages.push_back(since);
        last_why = why.what();
    }
    bool waiting() override { return ++waits < most_waits; }

    std::vector<GroupSnapshot> snapshots;
    std::vector<Duration> outages;
    std::string last_why;
    int waits = 0;
    int most_waits = 1 << 20;

private:
    std::size_t most_;
};

Duration slept(const Bench& bench) {
    Duration sum{};
    for (const Duration sleep : bench.clock.sleeps()) sum += sleep;
    return sum;
}

}  // namespace

TEST_CASE("A group is read page by page, payloads left out", "[submit][poll]") {
    Bench bench({{.body = page(task_json(2, "pending") + "," + task_json(0, "running"), "more")},
                 {.body = page(task_json(1, "completed"))}});
    const GroupSnapshot snapshot = run_task(look_at_group(bench.queue, kGroup, {}));
    CHECK(bench.http.asked[0].url ==
          "http://taskcluster/api/queue/v1/task-group/D6cv3DO_TZyDJF17HnNVNw/list?limit=1000");
    CHECK_THAT(bench.http.asked[1].url, Catch::Contains("continuationToken=more"));
    REQUIRE(snapshot.tasks.size() == 3);
    CHECK(snapshot.tasks[0].state == "running");
    CHECK(snapshot.tasks[1].completed_run == 0);
    CHECK(snapshot.marks->mappers == 3);
    Bench states({{.body = page(task_json(0, "running"))}});
    const TaskGroupPage light = run_task(states.queue.list_states(kGroup, "", 1000, {}));
    CHECK(light.tasks.front().task.payload == "{}");
    CHECK(light.tasks.front().task.name == "map 0");
}

TEST_CASE("A page too large is asked for in smaller pieces", "[submit][poll]") {
    Bench bench({});
    bench.http.answer = [](const HttpRequest& request) {
        const bool large = request.url.find("limit=1000") != std::string::npos;
        return large ? Reply{.body = page(task_json(0, "running", "\"" + std::string(kMostPageBytes, 'x') + "\""))}
                     : Reply{.body = page(task_json(0, "running"))};
    };
    CHECK(run_task(look_at_group(bench.queue, kGroup, {})).tasks.size() == 1);
    CHECK_THAT(bench.http.asked.back().url, Catch::Contains("limit=125"));
}

TEST_CASE("A queue that hands out the same page for ever is found out", "[submit][poll]") {
    Bench bench({});
    bench.http.answer = [](const HttpRequest&) { return Reply{.body = page(task_json(0, "running"), "again")}; };
    CHECK(test::error_of(look_at_group(bench.queue, kGroup, {})).kind() == ErrorKind::corrupt);
    CHECK(bench.http.asked.size() == 2);
}

TEST_CASE("The poll is quick while something changes, and slows down while nothing does", "[submit][poll]") {
    Bench bench({});
    int asked = 0;
    bench.http.answer = [&asked](const HttpRequest&) {
        return Reply{.body =
                         page(task_json(0, ++asked < 4 ? std::string("state-") + std::to_string(asked) : "running"))};
    };
    Seen watcher(5);
    run_task(poll_group(bench.queue, bench.clock, {.group_id = kGroup}, watcher, {}));
    CHECK(slept(bench) == 20s);  // four changes, 5 s each
    const Duration before = slept(bench);
    Seen quiet(8);
    run_task(poll_group(bench.queue, bench.clock, {.group_id = kGroup}, quiet, {}));
    CHECK(slept(bench) - before == 5s + 7500ms + 11250ms + 16875ms + 25312500us + 30s + 30s);
    CHECK(quiet.waits > 100);  // about once a second
}

TEST_CASE("Ten minutes without an answer are lived through: 503, HTML, no connection", "[submit][poll]") {
    Bench bench({{.body = page(task_json(0, "running"))}});
    int failures = 0;
    bench.http.answer = [&](const HttpRequest&) -> Reply {
        const bool over = bench.clock.now().time_since_epoch() > 1h + 11min;
        if (over) return {.body = page(task_json(0, "completed"))};
        switch (++failures % 3) {
            case 0: return {.status = 503, .body = R"({"message":"busy"})"};
            case 1: return {.body = "<html>maintenance</html>"};
            default: return {.error = Error(ErrorKind::unavailable, "connection refused")};
        }
    };
    Seen watcher(2);
    run_task(poll_group(bench.queue, bench.clock, {.group_id = kGroup}, watcher, {}));
    REQUIRE(watcher.snapshots.size() == 2);
    CHECK(watcher.snapshots[1].tasks[0].state == "completed");
    CHECK(watcher.outages.size() > 10);
    CHECK(watcher.outages.back() >= 10min);
}

TEST_CASE("An outage beyond the poll's patience ends it", "[submit][poll]") {
    Bench bench({});
    bench.http.answer = [](const HttpRequest&) { return Reply{.status = 502, .body = "<html>"}; };
    Seen watcher(1);
    const Error error =
        test::error_of(poll_group(bench.queue, bench.clock, {.group_id = kGroup, .patience = 20min}, watcher, {}));
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(watcher.outages.back() < 20min);
}

TEST_CASE("What waiting cannot heal ends the poll at once", "[submit][poll]") {
    Bench bench({{.status = 403, .body = R"({"code":"InsufficientScopes","message":"no"})"}});
    Seen watcher(1);
    CHECK(test::error_of(poll_group(bench.queue, bench.clock, {.group_id = kGroup}, watcher, {})).kind() ==
          ErrorKind::refused);
    CHECK(watcher.outages.empty());
}

TEST_CASE("A group that does not exist yet is waited for as long as was asked", "[submit][poll]") {
    const Reply missing{.status = 404, .body = R"({"code":"ResourceNotFound","message":"no group"})"};
    Bench bench({missing, missing, {.body = page(task_json(0, "running"))}});
    Seen watcher(3);
    run_task(poll_group(bench.queue, bench.clock, {.group_id = kGroup, .wait_for_group = 1min}, watcher, {}));
    CHECK(watcher.snapshots[0].tasks.empty());
    CHECK(watcher.snapshots[2].tasks.size() == 1);
    Bench never({missing});
    Seen other(3);
    CHECK(test::error_of(poll_group(never.queue, never.clock, {.group_id = kGroup}, other, {})).kind() ==
          ErrorKind::not_found);
}

TEST_CASE("A watcher that has seen enough ends the poll while it waits", "[submit][poll]") {
    Bench bench({{.body = page(task_json(0, "running"))}});
    Seen watcher(9);
    watcher.most_waits = 3;
    run_task(poll_group(bench.queue, bench.clock, {.group_id = kGroup}, watcher, {}));
    CHECK(watcher.snapshots.size() == 1);
    CHECK(slept(bench) == 3s);
}
