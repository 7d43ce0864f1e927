#include "cli/plan_settings.hpp"
#include "cli/scopes_needed.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_environment.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <catch2/catch.hpp>

#include <algorithm>

using namespace af;
using namespace std::chrono_literals;
using af::test::environment_of;

namespace {

ChosenSettings chosen(std::map<std::string, std::string> variables, SettingOptions options = {}) {
    const TemporaryFolder folder;
    return {Settings::load(environment_of(std::move(variables)), folder.path()), std::move(options)};
}

bool has(const std::vector<std::string>& scopes, std::string_view scope) {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

}  // namespace

TEST_CASE("settings become options of a command, which go before everything else", "[setting_options]") {
    CLI::App app;
    SettingOptions options;
    add_setting_options(app, options, {"task_queue", "deadline", "priority"});
    app.parse("--task-queue proj-x/y --deadline 90s");
    const ChosenSettings settings = chosen({{"AF_TASK_QUEUE", "proj-a/b"}, {"AF_RETRIES", "7"}}, options);
    CHECK(settings.text("task_queue") == "proj-x/y");
    CHECK(settings.origin("task_queue") == "--task-queue");
    CHECK(settings.duration("deadline") == 90s);
    CHECK(settings.count("retries") == 7);
    CHECK(settings.origin("retries") == "AF_RETRIES");
    CHECK(settings.bytes("load_size") == 1'000'000'000);
    CHECK(settings.origin("image").empty());
    CHECK_THROWS_AS(app.parse("--priority urgent"), CLI::ParseError);
}

TEST_CASE("an option that its setting cannot be is refused by its name", "[setting_options]") {
    CHECK_THROWS_WITH(chosen({}, {{"load_size", "much"}}), Catch::StartsWith("--load-size: load_size must be a size"));
}

TEST_CASE("a setting that is needed says how it is set", "[setting_options]") {
    try {
        chosen({}).needed("task_queue");
        FAIL("it was there");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        CHECK_THAT(error.advice(), Catch::Contains("af config set task_queue") && Catch::Contains("--task-queue"));
    }
}

TEST_CASE("the tasks of a plan are as the settings say", "[setting_options]") {
    const TaskSettingsOfPlan tasks = planned_tasks(chosen({{"AF_TASK_QUEUE", "proj-a/b"},
                                                           {"AF_DEADLINE", "5h"},
                                                           {"AF_EXPIRES", "9d"},
                                                           {"AF_MAX_RUN_TIME", "15m"},
                                                           {"AF_RETRIES", "1"},
                                                           {"AF_PRIORITY", "low"},
                                                           {"AF_PROJECT_ID", "telemetry"},
                                                           {"AF_SCHEDULER_ID", "me"},
                                                           {"AF_CREDENTIALS", "sealed"},
                                                           {"AF_KEY_SECRET", "project/x"},
                                                           {"AF_INDEX_NAMESPACE", "a.b"}}));
    CHECK(tasks.task_queue == "proj-a/b");
    CHECK(tasks.deadline == 5h);
    CHECK(tasks.expires == 216h);
    CHECK(tasks.max_run_time == 15min);
    CHECK(tasks.retries == 1);
    CHECK(tasks.priority == "low");
    CHECK(tasks.project_id == "telemetry");
    CHECK(tasks.scheduler_id == "me");
    CHECK(tasks.keys == TaskKeys::sealed);
    CHECK(tasks.key_secret == "project/x");
    CHECK(tasks.index_namespace == "a.b");
    CHECK_THROWS_AS(planned_tasks(chosen({{"AF_TASK_QUEUE", "a/b"}, {"AF_CREDENTIALS", "sealed"}})), Error);
}

TEST_CASE("what an input begins with is the part up to its last slash", "[setting_options]") {
    CHECK(read_prefix_of("s3://bucket/a/b") == "bucket/a/");
    CHECK(read_prefix_of("s3://bucket/a/") == "bucket/a/");
    CHECK(read_prefix_of("s3://bucket") == "bucket/");
    CHECK(read_prefix_of("/data").empty());
}

TEST_CASE("a submission needs the scopes to create, route and read, and hands tasks theirs", "[scopes]") {
    std::map<std::string, std::string> variables{
        {"AF_TASK_QUEUE", "proj-a/b"}, {"AF_OWNER", "me@example.org"}, {"AF_INDEX_NAMESPACE", "a.b"}};
    const NeededScopes unknown = needed_scopes(chosen(variables), {});
    CHECK_THAT(unknown.note, Catch::Contains("depends on the input"));
    CHECK_FALSE(has(unknown.all, "auth:aws-s3:read-only:"));
    const NeededScopes needed = needed_scopes(chosen(variables), {.inputs = {"s3://one/a/", "s3://two/x"}});
    CHECK(needed.note.empty());
    CHECK(std::is_sorted(needed.all.begin(), needed.all.end()));
    for (const char* scope : {"queue:create-task:lowest:proj-a/b", "queue:scheduler-id:analysis-framework",
                              "queue:route:index.a.b", "auth:aws-s3:read-only:one/a/", "auth:aws-s3:read-only:two/"}) {
        INFO(scope);
        CHECK(has(needed.all, scope));
    }
    CHECK(needed.of_tasks == std::vector<std::string>{"auth:aws-s3:read-only:one/a/", "auth:aws-s3:read-only:two/",
                                                      "queue:get-artifact:af/*"});
    variables["AF_INPUT_ROOT"] = "s3://three/";
    CHECK(has(needed_scopes(chosen(variables), {}).all, "auth:aws-s3:read-only:three/"));
    CHECK_FALSE(has(needed_scopes(chosen(variables), {.public_result = true}).all, "queue:get-artifact:af/*"));
}

TEST_CASE("missing scopes are named, a long list in part", "[scopes]") {
    const std::vector<std::string> missing{"a", "b", "c", "d", "e", "f", "g"};
    CHECK(std::string(scopes_are_missing(missing, "me").what()) == "me lacks 7 scopes: a, b, c, d, e and 2 more");
}
