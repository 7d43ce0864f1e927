#include "cli/make_plan.hpp"

#include "cli/failure.hpp"
#include "cli/image_reference.hpp"
#include "cli/inputs.hpp"
#include "cli/key_files.hpp"
#include "cli/plan_settings.hpp"
#include "cli/submit_words.hpp"
#include "stages/bundle/bundle.hpp"
#include "stages/filter/parse_filter.hpp"
#include "stages/job/job_digest.hpp"
#include "stages/job/load_job.hpp"
#include "stages/submit/federation_token.hpp"
#include "stages/submit/pack.hpp"
#include "stages/submit/query_index.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

namespace af {
namespace {

// Letters, digits and -._ of a name that people gave: it goes into mails and the queue's pages.
std::string plain_name(std::string_view text) {
    std::string name;
    for (const char c : text.substr(0, 64)) name += is_alphanumeric(std::string_view(&c, 1), "-._") ? c : '-';
    return name.empty() ? "job" : name;
}

PlannedJob planned_job(const SubmitOptions& options, const ImageReference& image, TaskSettingsOfPlan& tasks) {
    PlannedJob planned;
    planned.reducers = std::max(options.reducers, 1u);
    planned.map_only = options.map_only;
    if (options.job.empty()) {
        planned.name = plain_name(std::string_view(image.path).substr(image.path.rfind('/') + 1));
        return planned;
    }
    const Job job = load_job(options.job);
    const std::filesystem::path folder = std::filesystem::weakly_canonical(job.folder.empty() ? "." : job.folder);
    planned.name = plain_name(folder.filename().string());
    planned.digest = job_digest(job);
    planned.map_only = !job.reduce;
    if (planned.map_only && options.reducers > 1)
        throw Error(ErrorKind::usage, "--reducers: the job has no reduce");
    if (options.reducers == 0) planned.reducers = job.reducers;
    PackedBundle bundle = pack_bundle(folder);
    planned.bundle = std::move(bundle.archive);
    planned.bundle_sha256 = std::move(bundle.sha256);
    const std::string file = job.file.filename().string();
    if (file != "analysis-tools.yml") tasks.environment["AF_JOB"] = file;
    return planned;
}

TaskSettingsOfPlan tasks_of(const SubmitOptions& options, const ChosenSettings& settings, const SubmitWords& words) {
    TaskSettingsOfPlan tasks = planned_tasks(settings);
    tasks.max_run_time = std::min(tasks.max_run_time, tasks.deadline);
    if (options.is_public) tasks.artifacts = "public/af";
    tasks.merge_fan_in = options.merge_fan_in;
    tasks.reduce_what_succeeded = options.reduce_what_succeeded;
    tasks.allow_missing = options.allow_missing;
    tasks.environment = words.environment;
    return tasks;
}

// What tasks need to find the same S3 that this program reads.
void add_store_variables(const StoreOptions& store, Session& session, std::map<std::string, std::string>& env) {
    env.emplace("AWS_REGION", session.region());
    const std::string& endpoint = session.endpoint();
    if (!endpoint.empty()) env.emplace("AWS_ENDPOINT_URL_S3", endpoint);
    if (store.path_style) env.emplace("AF_S3_PATH_STYLE", "1");
    if (store.no_sign_request) env.emplace("AF_S3_NO_SIGN_REQUEST", "1");
    if (store.requester_pays) env.emplace("AF_S3_REQUESTER_PAYS", "1");
}

// What the tasks may read, and how they are let.
void set_access(const ChosenSettings& settings, const std::vector<ObjectRef>& objects, TaskSettingsOfPlan& tasks) {
    if (tasks.keys == TaskKeys::worker) return;
    const std::vector<ReadPrefix> prefixes = common_prefixes(objects, 1);
    if (prefixes.empty())
        throw Error(ErrorKind::usage,
                    fmt::format("no object is in S3, so there is nothing that credentials of the kind "
                                "{} could give access to",
                                word_of(tasks.keys)))
            .hint("--credentials worker, when the workers have these files themselves");
    if (tasks.keys == TaskKeys::sealed) {
        const std::string file = settings.needed("key");
        tasks.kid = in_step(ClusterStep::token, [&] { return read_public_key(file).kid(); });
        return;
    }
    if (prefixes.size() > 1)
        throw Error(ErrorKind::usage, fmt::format("the objects lie in {}, and --credentials auth covers one",
                                                  plural(prefixes.size(), "bucket")))
            .hint("--credentials sealed");
    tasks.read_prefix = prefixes.front().bucket + "/" + prefixes.front().prefix;
}

// Names as a task can use them: on the worker there is no working folder of ours.
void make_absolute(std::vector<ObjectRef>& objects) {
    for (ObjectRef& object : objects) {
        if (object.name.starts_with("s3://") || object.name.starts_with('/')) continue;
        object.name = std::filesystem::absolute(object.name).lexically_normal().string();
    }
}

Filter everything() {
    nlohmann::json dimensions = nlohmann::json::array();
    for (const std::string_view name : kLevelNames)
        dimensions.push_back({{"field_name", name}, {"allowed_values", "*"}});
    const nlohmann::json filter{{"version", 1}, {"dimensions", dimensions}};
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
    return parse_filter(filter.dump(), "--everything", today);
}

InputList found_objects(const InputOptions& input, std::optional<Filter> filter, Session& session, Control& control,
                        Console& console) {
    const auto find = [&] { return find_inputs(input, std::move(filter), session, control, console); };
    return is_index_url(input.inputs.front()) ? in_step(ClusterStep::index, find) : find();
}

}  // namespace

Plan make_plan(const SubmitOptions& options, const ChosenSettings& settings, Session& session, Control& control,
               Console& console) {
    SubmitWords words = read_words(options.words, options.everything, settings.text("image"));
    add_variables(options.environment, words);
    const Result<ImageReference> image = parse_image_reference(words.image);
    if (!image) throw Error(image.error()).about(words.image);

    Plan plan;
    plan.image = words.image;
    plan.tasks = tasks_of(options, settings, words);
    plan.notice = planned_notice(settings, words.owner);
    plan.job = planned_job(options, *image, plan.tasks);
    plan.source = settings.needed("index");

    InputOptions input = options.input;
    input.inputs = {plan.source};
    if (input.input_root.empty()) input.input_root = settings.text("input_root");
    std::optional<Filter> filter = load_filter(words.filter, console);
    if (options.everything && is_index_url(plan.source)) filter = everything();  // an index is asked with a filter
    if (filter) plan.filter = filter->json();
    console.progress("asking the index");
    InputList found = found_objects(input, std::move(filter), session, control, console);
    console.progress("");
    make_absolute(found.objects);
    add_store_variables(input.store, session, plan.tasks.environment);
    if (input.store.no_sign_request) plan.tasks.keys = TaskKeys::worker;  // nobody's keys are needed
    set_access(settings, found.objects, plan.tasks);

    PackLimits limits;
    limits.load_bytes = settings.bytes("load_size");
    limits.load_objects = settings.count("load_files");
    plan.loads = pack(std::move(found.objects), limits);
    return plan;
}

}  // namespace af
