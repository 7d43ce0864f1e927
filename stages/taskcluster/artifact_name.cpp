#include "stages/taskcluster/artifact_name.hpp"

#include "stages/s3/content_range.hpp"
#include "stages/taskcluster/ids.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::string_view kScheme = "artifact:";
constexpr std::uint64_t kMaxRunId = 1000;  // schema queue/v1/task-run.json

}  // namespace

bool is_artifact_name(std::string_view text) { return text.starts_with(kScheme); }

Result<ArtifactName> parse_artifact_name(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return Failure(Error(ErrorKind::usage, fmt::format("\"{}\" is not artifact:<taskId>/<runId>/<name>: {}",
                                                           escaped(text.substr(0, 200)), why)));
    };
    if (!is_artifact_name(text)) return wrong("it begins otherwise");
    std::string_view rest = text.substr(kScheme.size());
    const auto first = rest.find('/');
    const auto second = first == rest.npos ? rest.npos : rest.find('/', first + 1);
    if (second == rest.npos) return wrong("a '/' is missing");
    const std::string_view task = rest.substr(0, first);
    const auto run = parse_number(rest.substr(first + 1, second - first - 1));
    const std::string_view name = rest.substr(second + 1);
    if (!is_task_id(task)) return wrong("no task id");
    if (!run || *run > kMaxRunId) return wrong("no run id");
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c < 0x7f; }))
        return wrong("a name is printable ASCII");
    return ArtifactName{std::string(task), static_cast<int>(*run), std::string(name)};
}

std::string to_text(const ArtifactName& name) {
    return fmt::format("{}{}/{}/{}", kScheme, name.task_id, name.run_id, name.name);
}

}  // namespace af
