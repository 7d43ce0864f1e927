// A small plan that the queue would take, for tests to change.
#pragma once

#include "stages/submit/graph.hpp"

#include <fmt/format.h>

namespace af {

inline constexpr const char* kSampleGroup = "Ok9O1XVFSYyvhcOuLPWEYw";

inline Plan sample_plan(std::size_t mappers = 2) {
    Plan plan;
    plan.job.name = "os-count";
    plan.job.bundle = "not looked into";
    plan.job.bundle_sha256 = std::string(64, 'a');
    plan.image = "registry.example/analysis:1";
    plan.source = "s3://telemetry/";
    plan.filter = R"({"version":1})";
    plan.tasks.task_queue = "proj-af/ci";
    plan.tasks.read_prefix = "telemetry/saved_session/";
    plan.notice.owner = "me@example.org";
    for (std::size_t i = 0; i < mappers; ++i) {
        Load load;
        load.objects.push_back({fmt::format("s3://telemetry/saved_session/{:05}-a.lzma", i), 10, "\"e\"", 0});
        load.objects.push_back({fmt::format("s3://telemetry/saved_session/{:05}-b.lzma", i), kUnknownSize, "", 0});
        load.bytes = 10;
        plan.loads.push_back(std::move(load));
    }
    return plan;
}

inline GraphFacts sample_facts() {
    return {kSampleGroup, WallTime(std::chrono::milliseconds(1'795'596'342'123)), "",
            "https://tc.example/tasks/groups/x"};
}

}  // namespace af
