#include "stages/parts/find_parts.hpp"

#include "stages/digest.hpp"
#include "stages/read_object.hpp"
#include "stages/taskcluster/artifact_name.hpp"

namespace af {
namespace {

Task<void> read_manifest(FoundTask& found, FindOptions& options, std::stop_token stop) {
    const TaskStatus status = co_await options.queue.status(found.run.task_id, stop);
    const Result<int> run = highest_completed_run(status);
    if (!run) throw Error(run.error());
    found.run.run_id = *run;
    auto object = std::make_shared<ObjectRef>();
    object->name = to_text({found.run.task_id, *run, options.prefix + "/manifest.json"});
    const std::string text =
        co_await read_object(options.artifacts, object, options.retrier, kMostPartManifestBytes, stop);
    Sha256 digest;
    digest.add(text);
    found.run.manifest_sha256 = digest.hex();
    try {
        found.manifest = parse_part_manifest(text);
    } catch (Error& error) {
        throw std::move(error).about(object->name);
    }
}

}  // namespace

Task<void> find_parts(Ports<TaskPlace, FoundTask> io, FindOptions& options) {
    while (auto task = co_await io.in.next()) {
        FoundTask found;
        found.place = task->place;
        found.run.task_id = std::move(task->task_id);
        try {
            co_await read_manifest(found, options, io.stop);
        } catch (Error& error) {
            if (error.kind() != ErrorKind::not_found) throw std::move(error).about(found.run.task_id);
            found.missing = std::move(error);
        }
        co_await io.out.put(std::move(found));
    }
}

}  // namespace af
