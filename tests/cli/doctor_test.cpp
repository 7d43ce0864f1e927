#include "cli/doctor/machine.hpp"
#include "cli/doctor/taskcluster.hpp"
#include "stages/s3/dates.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;
using State = Finding::State;

namespace {

const WallTime kNow = *parse_iso_date("2026-03-01T12:00:00Z");

std::string expiring(WallTime at) {
    return R"({"version":1,"expiry":)" +
           std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count()) + "}";
}

}  // namespace

TEST_CASE("a finding is one line, whatever is in it", "[doctor]") {
    Finding finding = wrong(7, "two\nlines \x1b[31m", "do\nthis");
    finding.check = "index";
    CHECK(line_of(finding) == "wrong    index: two\\x0alines \\x1b[31m -> do\\x0athis\n");
    CHECK(json_of(finding) ==
          "{\"check\":\"index\",\"state\":\"wrong\",\"text\":\"two\\nlines "
          "\\u001b[31m\",\"advice\":\"do\\nthis\",\"code\":7}\n");
}

TEST_CASE("an error is what is wrong, with the status of its step; an interruption goes on", "[doctor]") {
    const Finding index = checked("index", ClusterStep::index, "try",
                                  []() -> Finding { throw Error(ErrorKind::corrupt, "no JSON").hint("look at it"); });
    CHECK(index.check == "index");
    CHECK(index.state == State::wrong);
    CHECK(index.text == "no JSON");
    CHECK(index.advice == "look at it");
    CHECK(index.status == kExitIndex);
    CHECK(checked("x", {}, "try", []() -> Finding { throw Error(ErrorKind::refused, "no"); }).status == 69);
    CHECK(checked("x", {}, "try", []() -> Finding { throw Error(ErrorKind::refused, "no"); }).advice == "try");
    CHECK(checked("x", {}, "try", []() -> Finding { throw Failed(6, Error(ErrorKind::usage, "no")); }).status == 6);
    CHECK_THROWS_AS(checked("x", {}, "try", []() -> Finding { throw Error(ErrorKind::interrupted, "stop"); }), Error);
}

TEST_CASE("a clock is told off from a minute, and wrong from a quarter of an hour", "[doctor]") {
    CHECK(clock_finding(kNow, {}).state == State::skipped);
    CHECK(clock_finding(kNow, kNow - 59s).state == State::ok);
    CHECK(clock_finding(kNow, kNow - 60s).state == State::warning);
    CHECK(clock_finding(kNow, kNow + 60s).state == State::warning);
    CHECK(clock_finding(kNow, kNow + 899s).state == State::warning);
    CHECK(clock_finding(kNow, kNow + 900s).state == State::wrong);
    CHECK(clock_finding(kNow, kNow - 900s).status == kExitTaskcluster);
    CHECK_THAT(clock_finding(kNow, kNow + 20min).text, Catch::Contains("20 min 0 s behind"));
    CHECK_THAT(clock_finding(kNow, kNow - 20min).text, Catch::Contains("20 min 0 s ahead of"));
}

TEST_CASE("temporary credentials are told off in their last hour", "[doctor]") {
    CHECK_FALSE(certificate_finding("", kNow));
    CHECK(certificate_finding(expiring(kNow + 2h), kNow)->state == State::ok);
    CHECK(certificate_finding(expiring(kNow + 59min), kNow)->state == State::warning);
    CHECK(certificate_finding(expiring(kNow), kNow)->state == State::wrong);
    CHECK_THAT(certificate_finding(expiring(kNow), kNow)->text, Catch::Contains("2026-03-01T12:00:00Z"));
    for (const char* bad : {"canary", "[]", "{}", R"({"expiry":"canary"})", R"({"expiry":-1})"}) {
        const auto finding = certificate_finding(bad, kNow);
        CHECK(finding->state == State::wrong);
        CHECK(finding->text.find("canary") == std::string::npos);
    }
}

TEST_CASE("room for temporary files is told", "[doctor]") {
    CHECK(room_finding("/tmp", 5'000'000'000).state == State::ok);
    CHECK(room_finding("/tmp", 999'999'999).state == State::warning);
    CHECK(room_finding("/tmp", 9'999'999).state == State::wrong);
    CHECK(room_finding("/tmp", 0).status == 73);
}
