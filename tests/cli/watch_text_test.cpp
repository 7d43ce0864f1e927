#include "cli/watch_text.hpp"

#include "stages/s3/dates.hpp"
#include "tests/support/made_group.hpp"

#include <fmt/ranges.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace af;
using test::made_group;

namespace {

const WallTime kNow = *parse_iso_date("2026-11-24T02:03:20Z");

std::string screen(const std::vector<test::MadeTask>& tasks) {
    const GroupSnapshot group = made_group(tasks);
    std::string text = "\n";
    for (const std::string& line : watch_lines(group, summarize(group, kNow))) text += line + "\n";
    return text;
}

}  // namespace

TEST_CASE("A group at work, as a person sees it", "[cli][watch]") {
    CHECK(screen({{.number = 0, .state = "completed", .bytes = 1'500'000'000},
                  {.number = 1, .state = "running", .bytes = 500'000'000},
                  {.number = 9, .role = "reduce", .state = "unscheduled"}}) == R"(
os-count in D6cv3DO_TZyDJF17HnNVNw: running for 3 min 20 s
  mappers  [##########----------]  1 of 2 done, 1 running
  bytes    1.5 GB of 2.0 GB mapped, 7.5 MB/s, 1 min 7 s left
  reducer  waits for the mappers
)");
}

TEST_CASE("A group that is being posted says what is not there yet", "[cli][watch]") {
    CHECK(screen({{.number = 0, .state = "pending", .mappers = 2000}}) == R"(
os-count in D6cv3DO_TZyDJF17HnNVNw: waiting for workers
  mappers  [--------------------]  0 of 2,000 done, 1 pending, 1,999 not posted yet
  bytes    0 B of 100 B mapped
  reducer  not posted yet
)");
}

TEST_CASE("A group that has failed names what failed first and what that means", "[cli][watch]") {
    CHECK(screen({{.number = 0, .state = "completed"},
                  {.number = 1, .state = "exception", .reason = "deadline-exceeded", .runs = 2},
                  {.number = 9, .role = "reduce", .state = "unscheduled"}}) == R"(
os-count in D6cv3DO_TZyDJF17HnNVNw: failed after 1 min 40 s
  mappers  [##########----------]  1 of 2 done, 1 failed
  bytes    100 B of 200 B mapped, 1 B/s
  reducer  will never run
  FAILED   os-count map 1, run 1: exception (deadline-exceeded)
)");
}

TEST_CASE("Several reducers are counted, states that nobody knows are shown as they are", "[cli][watch]") {
    CHECK(screen({{.number = 0, .state = "quarantined", .mappers = 1, .reducers = 2},
                  {.number = 8, .role = "reduce", .state = "unscheduled"},
                  {.number = 9, .role = "reduce", .state = "unscheduled"}}) == R"(
os-count in D6cv3DO_TZyDJF17HnNVNw: running for 3 min 20 s
  mappers  [--------------------]  0 of 1 done, 1 quarantined
  bytes    0 B of 100 B mapped
  reducers 0 of 2 done, 2 waiting
)");
}

TEST_CASE("Groups without marks, and without tasks, are shown too", "[cli][watch]") {
    CHECK(screen({{.role = "", .state = "running"}}) == R"(
D6cv3DO_TZyDJF17HnNVNw: running for 3 min 20 s
  tasks    [--------------------]  0 of 1 done, 1 running
)");
    CHECK(screen({}) == "\nD6cv3DO_TZyDJF17HnNVNw: no task yet\n");
}

TEST_CASE("In a log a group is one line, for programs one object", "[cli][watch]") {
    const GroupSnapshot group = made_group({{.number = 0, .state = "completed", .bytes = 1'500'000'000},
                                            {.number = 1, .state = "running", .bytes = 500'000'000},
                                            {.number = 9, .role = "reduce", .state = "unscheduled"}});
    const GroupSummary summary = summarize(group, kNow);
    CHECK(watch_line(group, summary) ==
          "os-count in D6cv3DO_TZyDJF17HnNVNw: running for 3 min 20 s; mappers: 1 of 2 done, 1 running; "
          "1.5 GB of 2.0 GB mapped, 7.5 MB/s, 1 min 7 s left; reducer: waits for the mappers");
    const auto json = nlohmann::json::parse(watch_json(group, summary));
    CHECK(json["type"] == "group");
    CHECK(json["verdict"] == "running");
    CHECK(json["mappers"] == nlohmann::json{{"expected", 2}, {"completed", 1}, {"running", 1}});
    CHECK(json["bytes_mapped"] == 1'500'000'000);
    CHECK(json["seconds_left"].get<double>() == Approx(66.67).margin(0.01));
}
