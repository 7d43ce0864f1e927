#include "cli/make_plan.hpp"

#include "cli/duration.hpp"
#include "cli/failure.hpp"
#include "cli/image_reference.hpp"
#include "cli/inputs.hpp"
#include "cli/submit_words.hpp"
#include "engine/file.hpp"
#include "stages/bundle/bundle.hpp"
#include "stages/job/job_digest.hpp"
#include "stages/job/load_job.hpp"
#include "stages/job/yaml_reader.hpp"
#include "stages/seal/keys.hpp"
#include "stages/submit/federation_token.hpp"
#include "stages/submit/pack.hpp"
#include "stages/submit/query_index.hpp"
#include "stages/taskcluster/notify.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace af {
namespace {

constexpr std::size_t kMostKeyBytes = 64 << 10;

std::uint64_t whole_number(std::string_view text, std::string_view option) {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || text.empty())
        throw Error(ErrorKind::usage, fmt::format("{} is \"{}\", it must be a whole number", option, escaped(text)));
    return value;
}

std::uint64_t size_of(std::string_view text, std::string_view option) {
    const auto value = parse_bytes(text);
    if (!value || *value == 0)
        throw Error(ErrorKind::usage, fmt::format("{} is \"{}\", it must be a size such as 500MB", option, escaped(text)));
    return *value;
}

// Letters, digits and -._ of a name that people gave: it goes into mails and the queue's pages.
std::string plain_name(std::string_view text) {
    std::string name;
    for (const char c : text.substr(0, 64)) name += is_alphanumeric(std::string_view(&c, 1), "-._") ? c : '-';
    return name.empty() ? "job" : name;
}

std::string name_of_image(const std::string& image) {
    const std::string path = parse_image_reference(image)->path;
    return plain_name(std::string_view(path).substr(path.rfind('/') + 1));
}

PlannedJob planned_job(const SubmitOptions& options, const std::string& image, TaskSettingsOfPlan& tasks) {
    PlannedJob planned;
    planned.reducers = std::max(options.reducers, 1u);
    planned.map_only = options.map_only;
    if (options.job.empty()) {
        planned.name = name_of_image(image);
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

TaskSettingsOfPlan planned_tasks(const SubmitOptions& options, const Settings& settings) {
    const auto text = [&](const std::string& option, std::string_view name) { return settings.text(option, name); };
    const auto time = [&](const std::string& option, std::string_view name) {
        return duration_of(settings.text(option, name), name);
    };
    TaskSettingsOfPlan tasks;
    tasks.task_queue = text(options.task_queue, "task_queue");
    if (tasks.task_queue.empty())
        throw Error(ErrorKind::usage, "no task queue is named, so no worker would run the tasks")
            .hint("--task-queue PROVISIONER/WORKER-TYPE, AF_TASK_QUEUE, or `af config set task_queue ...`");
    tasks.scheduler_id = text(options.scheduler_id, "scheduler_id");
    tasks.project_id = text(options.project_id, "project_id");
    tasks.priority = text(options.priority, "priority");
    tasks.deadline = time(options.deadline, "deadline");
    tasks.expires = time(options.expires, "expires");
    tasks.max_run_time = std::min(time(options.max_run_time, "max_run_time"), tasks.deadline);
    tasks.retries = static_cast<unsigned>(std::min<std::uint64_t>(
        whole_number(text(options.retries, "retries"), "--retries"), 1000));
    if (options.is_public) tasks.artifacts = "public/af";
    tasks.merge_fan_in = options.merge_fan_in;
    tasks.reduce_what_succeeded = options.reduce_what_succeeded;
    tasks.allow_missing = options.allow_missing;
    tasks.index_namespace = text(options.index_namespace, "index_namespace");
    return tasks;
}

// What tasks need to find the same S3 that this program reads.
void add_store_variables(const SubmitOptions& options, Session& session, std::map<std::string, std::string>& env) {
    env.emplace("AWS_REGION", session.region());
    if (!options.input.store.endpoint_url.empty()) env.emplace("AWS_ENDPOINT_URL_S3", options.input.store.endpoint_url);
    if (options.input.store.path_style) env.emplace("AF_S3_PATH_STYLE", "1");
}

void set_keys(const SubmitOptions& options, const Settings& settings, const std::vector<ObjectRef>& objects,
              TaskSettingsOfPlan& tasks) {
    const std::string word = settings.text(options.credentials, "credentials");
    const auto keys = task_keys_of(word);
    if (!keys) throw Error(ErrorKind::usage, fmt::format("--credentials is \"{}\", it must be auth, sealed or worker", escaped(word)));
    tasks.keys = *keys;
    if (*keys == TaskKeys::worker) return;
    const std::vector<ReadPrefix> prefixes = common_prefixes(objects, 1);
    if (prefixes.empty())
        throw Error(ErrorKind::usage, fmt::format("no object is in S3, so there is nothing that --credentials {} could give access to", word))
            .hint("--credentials worker, when the workers have these files themselves");
    if (*keys == TaskKeys::auth) {
        if (prefixes.size() > 1)
            throw Error(ErrorKind::usage, fmt::format("the objects lie in {}, and --credentials auth covers one",
                                                      plural(prefixes.size(), "bucket")))
                .hint("--credentials sealed");
        tasks.read_prefix = prefixes.front().bucket + "/" + prefixes.front().prefix;
        return;
    }
    const std::string file = settings.text(options.key, "key");
    if (file.empty())
        throw Failed(kExitToken, Error(ErrorKind::usage, "no public key is named to seal the credentials for")
                                     .hint("--key FILE or AF_KEY; `af keygen` makes a pair"));
    tasks.kid = in_step(Step::token, [&] { return PublicKey::from_pem(read_text(file, kMostKeyBytes), file).kid(); });
    tasks.key_secret = settings.text(options.key_secret, "key_secret");
}

PlannedNotice planned_notice(const SubmitOptions& options, const Settings& settings, const SubmitWords& words) {
    PlannedNotice notice;
    notice.owner = settings.text(options.owner.empty() ? words.owner : options.owner, "owner");
    if (!notice.owner.empty() && !is_email_address(notice.owner))
        throw Error(ErrorKind::usage, fmt::format("the owner is \"{}\", it must be an e-mail address", escaped(notice.owner)));
    notice.slack_channel = settings.text(options.slack_channel, "slack_channel");
    notice.matrix_room = settings.text(options.matrix_room, "matrix_room");
    return notice;
}

// Names as a task can use them: on the worker there is no working folder of ours.
void make_absolute(std::vector<ObjectRef>& objects) {
    for (ObjectRef& object : objects) {
        if (object.name.starts_with("s3://") || object.name.starts_with('/')) continue;
        object.name = std::filesystem::absolute(object.name).lexically_normal().string();
    }
}

InputList found_objects(const InputOptions& input, std::optional<Filter> filter, Session& session, Control& control,
                        Console& console) {
    const auto find = [&] { return find_inputs(input, std::move(filter), session, control, console); };
    return is_index_url(input.inputs.front()) ? in_step(Step::index, find) : find();
}

}  // namespace

Plan make_plan(const SubmitOptions& options, const Settings& settings, Session& session, Control& control,
               Console& console) {
    const SubmitWords words = read_words(options.words, options.everything, settings.text("", "image"));
    const Result<ImageReference> image = parse_image_reference(words.image);
    if (!image) throw Error(image.error()).about(words.image);

    Plan plan;
    plan.image = words.image;
    plan.tasks = planned_tasks(options, settings);
    plan.tasks.environment = words.environment;
    add_variables(options.environment, plan.tasks.environment);
    plan.notice = planned_notice(options, settings, words);
    plan.job = planned_job(options, plan.image, plan.tasks);

    InputOptions input = options.input;
    plan.source = settings.text(options.index, "index");
    if (plan.source.empty())
        throw Error(ErrorKind::usage, "no index is named, so nothing says which objects there are")
            .hint("--index https://..., s3://bucket/prefix, a manifest or a folder; or AF_INDEX, or `af config set index ...`");
    input.inputs = {plan.source};
    input.input_root = settings.text(options.input.input_root, "input_root");
    std::optional<Filter> filter = load_filter(words.filter, console);
    if (filter) plan.filter = filter->json();
    console.progress("asking the index");
    InputList found = found_objects(input, std::move(filter), session, control, console);
    make_absolute(found.objects);
    add_store_variables(options, session, plan.tasks.environment);
    set_keys(options, settings, found.objects, plan.tasks);

    PackLimits limits;
    limits.load_bytes = size_of(settings.text(options.load_size, "load_size"), "--load-size");
    limits.load_objects = whole_number(settings.text(options.load_files, "load_files"), "--load-files");
    plan.loads = pack(std::move(found.objects), limits);
    console.progress("");
    return plan;
}

}  // namespace af
