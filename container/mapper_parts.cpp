#include "container/mapper_parts.hpp"

#include "container/task_log.hpp"
#include "stages/flow/plan.hpp"
#include "stages/taskcluster/artifact_name.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::size_t kShown = 20;

std::vector<std::string> task_ids(TaskServices& on, const TaskSettings& settings) {
    if (!settings.input_tasks.empty()) return settings.input_tasks;
    if (settings.task.task_id.empty())
        throw Error(ErrorKind::usage, "neither INPUT_TASK_IDS nor TASK_ID is set: there is nothing to reduce");
    Queue queue(on.client());
    std::vector<std::string> ids =
        on.session().runtime().block_on(queue.task(settings.task.task_id, on.control().token())).dependencies;
    if (ids.empty())
        throw Error(ErrorKind::usage, "the task has no dependencies, and INPUT_TASK_IDS is not set")
            .about(settings.task.task_id);
    return ids;
}

std::string list_text(const std::vector<MissingInput>& missing, std::size_t tasks) {
    std::string text = fmt::format("{} of {} have nothing to reduce: ", missing.size(), plural(tasks, "task"));
    for (std::size_t i = 0; i < std::min(kShown, missing.size()); ++i)
        text += fmt::format("{}{}", i > 0 ? ", " : "", missing[i].task_id);
    if (missing.size() > kShown)
        text += fmt::format(" and {} more that the manifest lists", missing.size() - kShown);
    return text + "; " + missing.front().reason;
}

}  // namespace

MapperParts::MapperParts(TaskServices& on, const TaskSettings& settings, const Job& job, const Services& services,
                         TaskReport& report)
    : on_(on), settings_(settings), services_(services), report_(report) {
    const std::vector<std::string> ids = task_ids(on, settings);
    say(fmt::format("the parts of {}", plural(ids.size(), "task")));
    Queue queue(on.client());
    Session& session = on.session();
    FindOptions options{queue,
                        on.artifacts(),
                        {session.clock(), seeded_random(), object_policy(), &session.brake()},
                        settings.artifacts};
    std::vector<MissingInput> missing;
    for (FoundTask& found : find_task_parts(ids, std::move(options), services)) {
        if (found.missing) missing.push_back({found.run.task_id, found.missing->what()});
        tasks_.push_back(std::move(found.run));
        manifests_.push_back(std::move(found.manifest));
    }
    if (!missing.empty()) refuse(std::move(missing));
    report_.facts.inputs = tasks_;
    check(job);
    merged_ = merge_manifests(manifests_);
    report_.facts.totals = merged_.totals;
    report_.facts.objects = merged_.accounts;
    report_.facts.counters = merged_.totals.counters;
    for (PartManifest& manifest : manifests_) manifest.accounts.clear();  // merged_ has them
    judge(job);
}

void MapperParts::check(const Job& job) const {
    const std::size_t parts = job.reduce ? job.reducers : 1;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        const PartManifest& manifest = manifests_[i];
        const std::string& id = tasks_[i].task_id;
        if (manifest.job_digest != report_.facts.job_digest)
            throw Error(ErrorKind::config, "the task ran another job, or another version of it").about(id);
        if (manifest.outputs.size() != parts)
            throw Error(ErrorKind::config, fmt::format("the task made {}, this job has {}",
                                                       plural(manifest.outputs.size(), "part"), parts))
                .about(id)
                .hint("give AF_REDUCERS the same value in all tasks");
        for (const ResultFacts& part : manifest.outputs) {
            if (part.pairs.has_value() != job.reduce.has_value())
                throw Error(ErrorKind::corrupt, "the task's parts are not those of such a job").about(id);
        }
    }
}

// What each task could not judge alone.
void MapperParts::judge(const Job& job) const {
    const Totals& totals = merged_.totals;
    if (totals.objects_lost > settings_.allow_missing)
        throw Error(ErrorKind::not_found,
                    fmt::format("{} are missing, {} may be", plural(totals.objects_lost, "object"),
                                settings_.allow_missing))
            .hint("the manifest lists them; AF_ALLOW_MISSING says how many may be");
    if (auto error = verdict_on_bad(bad_policy(job), totals.bad, totals.lines, totals.first_bad))
        throw std::move(*error);
}

std::uint64_t MapperParts::pairs_of(unsigned partition) const {
    std::uint64_t sum = 0;
    for (const PartManifest& manifest : manifests_) sum += manifest.outputs[partition].pairs.value_or(0);
    return sum;
}

std::unique_ptr<PartRuns> MapperParts::runs(unsigned partition) {
    std::vector<PartRuns::Source> sources;
    for (std::size_t i = 0; i < tasks_.size(); ++i)
        sources.push_back({merged_.ordinals[i], manifests_[i].outputs[partition].pairs.value_or(0)});
    auto runs = std::make_unique<PartRuns>(on_.scratch(), std::move(sources), on_.control().token());
    take(partition, *runs);
    if (runs->pairs() != pairs_of(partition))
        throw Error(ErrorKind::bug,
                    fmt::format("{} pairs were made and {} fetched", pairs_of(partition), runs->pairs()));
    return runs;
}

std::unique_ptr<OrderedLines> MapperParts::lines() {
    auto lines = std::make_unique<OrderedLines>(on_.scratch(), merged_);
    take(0, *lines);
    return lines;
}

void MapperParts::take(unsigned partition, PartTarget& target) {
    std::vector<ObjectPtr> parts;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
        const ResultFacts& part = manifests_[i].outputs[partition];
        ObjectRef object;
        object.name = to_text({tasks_[i].task_id, tasks_[i].run_id, settings_.artifacts + "/" + part.name});
        object.ordinal = static_cast<std::uint32_t>(i);
        on_.artifacts().expect(object.name, ExpectedBytes{.size = part.bytes, .sha256 = part.sha256});
        parts.push_back(std::make_shared<const ObjectRef>(std::move(object)));
    }
    std::vector<MissingInput> missing;
    for (LostPart& lost : take_parts(parts, target, services_, report_.facts.stages)) {
        if (lost.why.kind() != ErrorKind::not_found) throw std::move(lost.why);
        missing.push_back({tasks_[lost.part->ordinal].task_id, lost.why.what()});
    }
    if (!missing.empty()) refuse(std::move(missing));
}

void MapperParts::refuse(std::vector<MissingInput> missing) {
    Error error(ErrorKind::not_found, list_text(missing, tasks_.size()));
    const std::string first = missing.front().task_id;
    report_.facts.missing = std::move(missing);
    throw std::move(error).about(first).hint("rerun these tasks, then this one");
}

}  // namespace af
