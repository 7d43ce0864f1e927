#include "cli/monitor/route.hpp"

#include <catch2/catch.hpp>

using namespace af;
using Kind = MonitorRoute::Kind;

namespace {

const std::string kSecret = "c2VjcmV0LXNlY3JldC1zZWNyZXQt";
const std::string kGroup = "fN1SbArXTPSVFNUvaOlinQ";
const std::string kTask = "aaaaaaaaSaCaaaaaaaaaaA";

MonitorRoute route(const std::string& below) { return monitor_route("/" + kSecret + below, kSecret, kGroup); }

}  // namespace

TEST_CASE("the monitor serves its page, the list of its group and artifacts of runs", "[monitor]") {
    CHECK(route("/").kind == Kind::page);
    CHECK(route("/api/queue/v1/task-group/" + kGroup + "/list").kind == Kind::group);
    const MonitorRoute artifact = route("/api/queue/v1/task/" + kTask + "/runs/12/artifacts/af/r%20%231.txt");
    REQUIRE(artifact.kind == Kind::artifact);
    CHECK(artifact.artifact == ArtifactName{kTask, 12, "af/r #1.txt"});
}

TEST_CASE("the monitor serves nothing without its secret", "[monitor]") {
    for (const std::string& path :
         {std::string(""), std::string("/"), "/" + kSecret, "/" + kSecret.substr(1) + "x/", "/" + kSecret + "x/",
          "//" + kSecret + "/", "/" + kSecret.substr(0, 10) + "/", std::string("/favicon.ico")})
        CHECK(monitor_route(path, kSecret, kGroup).kind == Kind::nothing);
    CHECK(monitor_route("//", "", kGroup).kind == Kind::nothing);
}

TEST_CASE("the monitor serves nothing else below its secret", "[monitor]") {
    const std::string task = "/api/queue/v1/task/" + kTask;
    for (const std::string& below : {
             std::string("/index.html"),
             std::string("/api/queue/v1/task-group/aaaaaaaaSaCaaaaaaaaaaA/list"),
             "/api/queue/v1/task-group/" + kGroup,
             "/api/queue/v1/task-group/" + kGroup + "/cancel",
             std::string("/api/secrets/v1/secret/mine"),
             std::string("/../") + kSecret + "/",
             task,
             task + "/status",
             task + "/artifacts/af/result.txt",
             task + "/runs/0/artifacts",
             task + "/runs/0/artifacts/",
             task + "/runs/-1/artifacts/af/x",
             task + "/runs/x/artifacts/af/x",
             task + "/runs/99999999999999999999/artifacts/af/x",
             task + "/runs/0/artifacts/a%0d%0ab",
             std::string("/api/queue/v1/task/../../../runs/0/artifacts/x"),
             std::string("/api/queue/v1/task/short"),
         }) {
        INFO(below);
        CHECK(route(below).kind == Kind::nothing);
    }
}
