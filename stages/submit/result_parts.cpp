#include "stages/submit/result_parts.hpp"

#include "stages/object_reader.hpp"
#include "stages/parts/part_manifest.hpp"
#include "stages/read_object.hpp"
#include "stages/taskcluster/artifact_name.hpp"
#include "stages/taskcluster/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr int kMostDepth = 64;

// All but the lists that grow with the input.
Json parse_head(const std::string& text) {
    bool too_deep = false;
    const auto keep = [&too_deep](int depth, Json::parse_event_t event, Json& value) {
        too_deep = too_deep || depth > kMostDepth;
        if (too_deep) return false;
        if (event != Json::parse_event_t::key || depth != 1) return true;
        const std::string& key = value.get_ref<const std::string&>();
        return key != "objects" && key != "input_tasks" && key != "stages";
    };
    Json json = Json::parse(text, keep, false);
    if (json.is_discarded() || too_deep) throw Error(ErrorKind::corrupt, "the manifest is not JSON");
    return json;
}

ObjectPtr artifact_of(const GroupSnapshot& snapshot, const std::string& task_id, int run_id, std::string_view name) {
    auto object = std::make_shared<ObjectRef>();
    object->name = to_text({task_id, run_id, fmt::format("{}/{}", snapshot.marks->artifacts, name)});
    return object;
}

}  // namespace

ResultPart parse_result_manifest(std::string text) {
    const Json json = parse_head(text);
    const JsonFields fields(json, "the manifest");
    check_manifest_version(fields);
    const std::string status = fields.text("status");
    if (status != "complete" && status != "partial")
        throw Error(ErrorKind::corrupt, fmt::format("the manifest: its status is \"{}\"", escaped(status)));
    const Json& outputs = fields.list("output");
    if (outputs.size() != 1)
        throw Error(ErrorKind::corrupt, fmt::format("the manifest names {} outputs, not one", outputs.size()));
    const JsonFields output(outputs.front(), "the output of the manifest");
    ResultPart part;
    part.file.name = output.text("name");
    part.file.bytes = output.number("bytes");
    part.file.lines = output.number("lines");
    part.file.sha256 = output.text("sha256");
    if (part.file.name.empty() || part.file.name.find('/') != std::string::npos)
        throw Error(ErrorKind::corrupt,
                    fmt::format("the manifest: \"{}\" is no name of a result", escaped(part.file.name)));
    const JsonFields input(fields.object("input"), "\"input\" of the manifest");
    part.objects_asked = input.number("objects_asked");
    part.objects_lost = input.number("objects_lost");
    part.manifest = std::move(text);
    return part;
}

Task<std::vector<ResultPart>> find_result(ArtifactStore& artifacts, const Retrier& with, const GroupSnapshot& snapshot,
                                          std::stop_token stop) {
    if (!snapshot.marks || snapshot.marks->artifacts.empty())
        throw Error(ErrorKind::usage, "its tasks do not say that they are a job of af").about(snapshot.group_id);
    std::vector<ResultPart> parts;
    for (const GroupTask& task : snapshot.tasks) {
        if (task.role != Role::reduce) continue;
        if (task.completed_run < 0)
            throw Error(ErrorKind::usage, fmt::format("{} is {}", title_of(task), task.state)).about(task.task_id);
        const ObjectPtr object = artifact_of(snapshot, task.task_id, task.completed_run, "manifest.json");
        std::string text = co_await read_object(artifacts, object, with, kMostPartManifestBytes, stop);
        try {
            parts.push_back(parse_result_manifest(std::move(text)));
        } catch (Error& error) {
            throw std::move(error).about(object->name);
        }
        parts.back().task_id = task.task_id;
        parts.back().run_id = task.completed_run;
    }
    if (parts.empty()) throw Error(ErrorKind::usage, "the group has no reducer, so no result").about(snapshot.group_id);
    co_return parts;
}

Task<void> read_result(ArtifactStore& artifacts, const Retrier& with, const GroupSnapshot& snapshot,
                       const ResultPart& part, std::function<void(std::string_view)> take, std::stop_token stop) {
    const ObjectPtr object = artifact_of(snapshot, part.task_id, part.run_id, part.file.name);
    try {
        ExpectedBytes expected{.size = part.file.bytes, .sha256 = part.file.sha256};
        artifacts.expect(object->name, std::move(expected));
        ObjectReader reader(artifacts, object, with, stop);
        co_await reader.open();
        for (;;) {
            std::optional<Block> block = co_await reader.next();
            if (!block) co_return;
            take(block->view());
        }
    } catch (Error& error) {
        throw std::move(error).about(object->name);
    }
}

}  // namespace af
