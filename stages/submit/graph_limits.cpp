#include "stages/submit/graph_limits.hpp"

#include "stages/taskcluster/ids.hpp"
#include "stages/taskcluster/notify.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace af {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr seconds kMostDeadline = hours(5 * 24);
constexpr unsigned kMostRetries = 49;
constexpr unsigned kMostReducers = 1024;
constexpr std::size_t kMostVariableBytes = 131'071;  // name, '=' and value
constexpr std::size_t kMostStartBytes = 1'500'000;   // of arguments and variables: execve fails near 2 MB
constexpr std::size_t kMostRouteBytes = 249;
constexpr std::size_t kMostSchedulerBytes = 38;
constexpr std::size_t kMostProjectBytes = 500;
// What a submission sets itself.
constexpr std::array<std::string_view, 14> kOurs = {
    "CREDENTIALS",   "AF_JOB_BUNDLE", "AF_JOB_BUNDLE_SHA256", "AF_REDUCERS",   "AF_ARTIFACTS", "AF_INPUT",
    "AF_S3_READ",    "REDUCER_ID",    "AF_ALLOW_MISSING",     "AF_KEY_SECRET", "TASK_ID",      "RUN_ID",
    "TASK_GROUP_ID", "INPUT_TASK_IDS"};

Error refused(std::string_view what, std::string_view value, std::string_view wanted) {
    return Error(ErrorKind::usage, fmt::format("{} is \"{}\", it must be {}", what, escaped(value), wanted));
}

void check_names(const TaskSettingsOfPlan& tasks) {
    if (!is_task_queue(tasks.task_queue))
        throw refused("the task queue", tasks.task_queue, "provisioner/worker-type, e.g. proj-af/ci");
    if (tasks.scheduler_id.empty() || tasks.scheduler_id.size() > kMostSchedulerBytes ||
        !is_alphanumeric(tasks.scheduler_id, "-_"))
        throw refused("the scheduler id", tasks.scheduler_id, "1 to 38 of letters, digits, - and _");
    if (tasks.project_id.empty() || tasks.project_id.size() > kMostProjectBytes ||
        !is_alphanumeric(tasks.project_id, "._/-"))
        throw refused("the project id", tasks.project_id, "1 to 500 of letters, digits and . _ / -");
    if (std::find(kPriorities.begin(), kPriorities.end(), tasks.priority) == kPriorities.end())
        throw refused("the priority", tasks.priority, fmt::format("one of {}", fmt::join(kPriorities, ", ")));
    if (!tasks.index_namespace.empty() &&
        (!is_alphanumeric(tasks.index_namespace, "._-") || tasks.index_namespace.find("..") != std::string::npos ||
         tasks.index_namespace.starts_with('.') || tasks.index_namespace.ends_with('.') ||
         tasks.index_namespace.size() > kMostRouteBytes - 12))
        throw refused("the index namespace", tasks.index_namespace, "names joined by dots, e.g. project.af.os-count");
    const bool web = tasks.code_link.starts_with("https://") || tasks.code_link.starts_with("http://");
    if (!web && !tasks.code_link.starts_with("ssh://") && !tasks.code_link.starts_with("git@"))
        throw refused("the link to the code", tasks.code_link, "https://..., ssh://... or git@...");
    const bool leads_out = tasks.artifacts.starts_with('/') || tasks.artifacts.find("..") != std::string::npos;
    if (tasks.artifacts.empty() || leads_out || !is_alphanumeric(tasks.artifacts, "-._/"))
        throw refused("the name of artifacts", tasks.artifacts, "a name such as af or public/af");
}

void check_times(const TaskSettingsOfPlan& tasks) {
    const auto text = [](seconds time) { return duration_text(static_cast<double>(time.count())); };
    if (tasks.deadline < seconds(60) || tasks.deadline > kMostDeadline)
        throw refused("the deadline", text(tasks.deadline), "from a minute to 5 days after the submission");
    if (tasks.expires <= tasks.deadline)
        throw refused("the time that results are kept", text(tasks.expires),
                      fmt::format("longer than the deadline, {}", text(tasks.deadline)));
    if (tasks.max_run_time < seconds(1) || tasks.max_run_time > tasks.deadline)
        throw refused("the longest run of a task", text(tasks.max_run_time), "from a second up to the deadline");
    if (tasks.retries > kMostRetries)
        throw refused("the number of retries", std::to_string(tasks.retries), "at most 49");
}

std::size_t check_environment(const Plan& plan, const GraphFacts& facts) {
    std::size_t sum = 0;
    for (const auto& [name, value] : plan.tasks.environment) {
        if (std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end())
            throw Error(ErrorKind::usage, fmt::format("the variable {} is set by the submission itself", name))
                .hint("leave it out of the environment of the tasks");
        if (name.empty() || !is_alphanumeric(name, "_") || (name[0] >= '0' && name[0] <= '9'))
            throw refused("a variable's name", name, "letters, digits and _");
        if (value.find('\0') != std::string::npos || name.size() + 1 + value.size() > kMostVariableBytes)
            throw Error(ErrorKind::usage,
                        fmt::format("the variable {} holds a NUL or is above 131,071 bytes, the most of one", name));
        sum += name.size() + value.size() + 2;
    }
    const std::size_t bundle = sizeof("AF_JOB_BUNDLE=base64:") + (plan.job.bundle.size() + 2) / 3 * 4;
    if (bundle > kMostVariableBytes)
        throw Error(ErrorKind::usage, fmt::format("the job's folder packs to {}; a task takes at most {} with it",
                                                  size_text(plan.job.bundle.size()), size_text(98'000)))
            .hint("put the job into the image (container/README.md), or what is large in it");
    return sum + bundle + facts.envelope.size();
}

void check_loads(const Plan& plan, std::size_t environment_bytes) {
    if (plan.loads.empty()) throw Error(ErrorKind::no_match, "there is nothing to map");
    if (plan.loads.size() > kMostMappers)
        throw Error(ErrorKind::usage, fmt::format("{} mappers are more than a reducer may depend on, {}",
                                                  count_text(plan.loads.size()), count_text(kMostMappers)))
            .hint("give each more to do: --load-size, --load-files");
    for (const Load& load : plan.loads) {
        if (load.objects.empty()) throw Error(ErrorKind::bug, "a mapper has no objects");
        std::size_t bytes = environment_bytes;
        for (const ObjectRef& object : load.objects) bytes += object.name.size() + 1 + sizeof(char*);
        if (bytes > kMostStartBytes)
            throw Error(ErrorKind::usage,
                        fmt::format("a mapper of {} has a command line of {}, more than a process can "
                                    "be started with",
                                    plural(load.objects.size(), "object"), size_text(bytes)))
                .hint("give each fewer objects: --load-files");
    }
}

}  // namespace

bool is_task_queue(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == text.npos) return false;
    const std::string_view provisioner = text.substr(0, slash), worker = text.substr(slash + 1);
    return !provisioner.empty() && provisioner.size() <= 38 && is_alphanumeric(provisioner, "-_") &&
           !worker.empty() && worker.size() <= 38 && worker[0] >= 'a' && worker[0] <= 'z' && worker.back() != '-' &&
           std::none_of(worker.begin(), worker.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) &&
           is_alphanumeric(worker, "-");
}

void check_limits(const Plan& plan, const GraphFacts& facts) {
    if (!is_task_id(facts.group_id)) throw Error(ErrorKind::bug, "the group has no id");
    check_names(plan.tasks);
    check_times(plan.tasks);
    if (!plan.notice.owner.empty() && !is_email_address(plan.notice.owner))
        throw refused("the owner", plan.notice.owner, "an e-mail address");
    if (plan.job.reducers < 1 || plan.job.reducers > kMostReducers)
        throw refused("the number of reducers", std::to_string(plan.job.reducers), "1 to 1024");
    if (plan.tasks.keys == TaskKeys::auth && plan.tasks.read_prefix.empty())
        throw Error(ErrorKind::usage, "no bucket is known that the tasks could be let read")
            .hint("--credentials worker, when workers can read the objects by themselves");
    if (plan.tasks.keys == TaskKeys::sealed && facts.envelope.empty())
        throw Error(ErrorKind::bug, "the credentials are not sealed");
    check_loads(plan, check_environment(plan, facts));
}

}  // namespace af
