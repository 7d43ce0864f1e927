#include "cli/monitor/route.hpp"

#include "stages/s3/url.hpp"
#include "stages/taskcluster/ids.hpp"

#include <openssl/crypto.h>
#include <algorithm>

namespace af {
namespace {

using Kind = MonitorRoute::Kind;

constexpr std::string_view kQueue = "api/queue/v1/";
constexpr std::string_view kRuns = "/runs/";
constexpr std::string_view kArtifacts = "/artifacts/";
constexpr std::size_t kIdLength = 22;

// Takes `start` off the front of `text`, if it is there.
bool take(std::string_view& text, std::string_view start) {
    if (!text.starts_with(start)) return false;
    text.remove_prefix(start.size());
    return true;
}

// Below task/: ID/runs/N/artifacts/NAME.
MonitorRoute artifact_route(std::string_view rest) {
    const std::string_view id = rest.substr(0, kIdLength);
    rest.remove_prefix(id.size());
    if (!is_task_id(id) || !take(rest, kRuns)) return {};
    const std::string_view run = rest.substr(0, rest.find('/'));
    rest.remove_prefix(run.size());
    if (!take(rest, kArtifacts)) return {};
    const Result<ArtifactName> name =
        parse_artifact_name("artifact:" + std::string(id) + "/" + std::string(run) + "/" + percent_decode(rest));
    if (!name || name->name.empty()) return {};
    return {.kind = Kind::artifact, .artifact = *name};
}

}  // namespace

MonitorRoute monitor_route(std::string_view path, std::string_view secret, std::string_view group_id) {
    if (!take(path, "/") || path.size() <= secret.size() || secret.empty()) return {};
    if (::CRYPTO_memcmp(path.data(), secret.data(), secret.size()) != 0) return {};
    path.remove_prefix(secret.size());
    if (path == "/") return {.kind = Kind::page, .artifact = {}};
    if (!take(path, "/") || !take(path, kQueue)) return {};
    if (path == "task-group/" + std::string(group_id) + "/list") return {.kind = Kind::group, .artifact = {}};
    if (take(path, "task/")) return artifact_route(path);
    return {};
}

}  // namespace af
