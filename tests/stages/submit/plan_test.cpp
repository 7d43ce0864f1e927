#include "sample_plan.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>

namespace af {
namespace {

std::string refusal(std::string_view text) {
    try {
        parse_plan(text, "job.plan");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        CHECK(error.item() == "job.plan");
        return error.what();
    }
    return "taken";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a plan that was written is read back as it was", "[submit][plan]") {
    Plan plan = sample_plan();
    plan.job.bundle = std::string("\0\xff\n tar", 7);
    plan.job.map_only = true;
    plan.tasks.keys = TaskKeys::sealed;
    plan.tasks.environment = {{"A", "quotes \" and \n lines"}, {"B", ""}};
    plan.tasks.merge_fan_in = 3;
    plan.tasks.reduce_what_succeeded = true;
    plan.tasks.allow_missing = 7;
    plan.loads[0].objects[0].name = "s3://telemetry/saved_session/a \"b\" \xc3\xa9,[{}]";
    const Plan back = parse_plan(plan_json(plan), "job.plan");
    CHECK(plan_json(back) == plan_json(plan));
    CHECK(back.loads.size() == 2);
    CHECK(back.loads[0].objects[0].name == plan.loads[0].objects[0].name);
    CHECK(back.loads[0].objects[1].size == kUnknownSize);
    CHECK(back.loads[1].bytes == 10);
    CHECK(back.job.bundle == plan.job.bundle);
    CHECK(back.tasks.environment == plan.tasks.environment);
    CHECK(back.tasks.deadline == plan.tasks.deadline);
    CHECK(back.filter == plan.filter);
    CHECK(back.objects() == 4);
}

TEST_CASE("a plan without a filter says so", "[submit][plan]") {
    Plan plan = sample_plan();
    plan.filter.clear();
    CHECK(parse_plan(plan_json(plan), "job.plan").filter.empty());
}

TEST_CASE("a plan that was changed in any byte is refused", "[submit][plan]") {
    const std::string text = plan_json(sample_plan());
    for (std::size_t at = 0; at < text.size(); at += 3) {
        std::string other = text;
        other[at] = other[at] == 'x' ? 'y' : 'x';
        INFO("byte " << at);
        CHECK(refusal(other) != "taken");
    }
    CHECK(refusal(replaced(text, "\"size\":10", "\"size\":11")).find("changed") != std::string::npos);
}

TEST_CASE("a plan that was cut anywhere is refused", "[submit][plan]") {
    const std::string text = plan_json(sample_plan());
    for (std::size_t length = 0; length < text.size(); length += 7) CHECK(refusal(text.substr(0, length)) != "taken");
}

TEST_CASE("what is no plan is refused with what to do", "[submit][plan]") {
    CHECK(refusal("").find("is no plan") != std::string::npos);
    CHECK(refusal("{\"version\": 1}").find("is no plan") != std::string::npos);
}

TEST_CASE("a name that is not in UTF-8 cannot be planned", "[submit][plan]") {
    Plan plan = sample_plan();
    plan.loads[0].objects[0].name = "s3://telemetry/\xff";
    try {
        plan_json(plan);
        FAIL("it was written");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
    }
}

TEST_CASE("the digest of a plan is that of its content", "[submit][plan]") {
    Plan plan = sample_plan();
    const std::string digest = plan_digest(plan);
    CHECK(digest.size() == 64);
    CHECK(plan_digest(sample_plan()) == digest);
    CHECK(plan_json(plan).find("\"digest\":\"" + digest) != std::string::npos);
    plan.loads[0].objects[0].etag = "\"f\"";
    CHECK(plan_digest(plan) != digest);
}

}  // namespace af
