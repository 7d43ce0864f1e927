#include "cli/submit.hpp"

#include "cli/known_group.hpp"
#include "cli/monitor/page.hpp"
#include "cli/post_graph.hpp"
#include "cli/scopes_needed.hpp"
#include "cli/seal_token.hpp"
#include "engine/file.hpp"
#include "stages/s3/hash.hpp"
#include "stages/taskcluster/ids.hpp"
#include "stages/taskcluster/scopes.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr const char* kSealedLater = "(sealed when it is submitted)";

// By the server's clock, which refuses tasks of another time; to the millisecond, which is what a date in a task can
// say.
WallTime now_of(Cluster& cluster) {
    return std::chrono::floor<std::chrono::milliseconds>(cluster.session().clock().wall() +
                                                         cluster.client().clock_offset());
}

// Also shows whether our clock is right. Who may not even ask what they may do finds out with the first task.
void check_scopes(const Plan& plan, Cluster& cluster, Console& console) {
    const auto& credentials = cluster.client().access().credentials;
    std::vector<std::string> missing;
    try {
        const std::vector<std::string> have =
            cluster.wait(ClusterStep::taskcluster, current_scopes(cluster.client(), cluster.token()));
        missing = scopes_not_in(have, scopes_to_submit(plan));
    } catch (const Failed& error) {
        const bool unknown_client = std::string_view(error.what()).find("HTTP 401") != std::string_view::npos;
        if (error.kind() != ErrorKind::refused || !credentials || unknown_client) throw;
        console.detail(fmt::format("the scopes were not looked at beforehand: {}", error.what()));
    }
    if (!missing.empty())
        throw Failed(kExitTaskcluster, scopes_are_missing(missing, credentials ? credentials->client_id : "the task"));
}

std::string seen_at(const Plan& plan, const Cluster& cluster, const std::string& group_id) {
    const std::string published = monitor_link(plan.notice.monitor_url, cluster.root_url(), group_id);
    return published.empty() ? group_link(cluster.root_url(), group_id) : published;
}

StoredSubmission record_of(const Plan& plan, const TaskGraph& graph, const GraphFacts& facts, const Cluster& cluster) {
    StoredSubmission record;
    record.facts.group_id = facts.group_id;
    record.facts.root_url = cluster.root_url();
    record.facts.created = facts.created;
    record.facts.name = plan.job.name;
    record.facts.owner = plan.notice.owner;
    record.facts.image = plan.image;
    record.facts.tasks = graph.size();
    record.facts.objects = plan.objects();
    record.facts.bytes = plan.bytes();
    record.facts.state = "posting";
    record.plan = plan_json(plan);
    record.envelope = facts.envelope;
    return record;
}

void check_signed(const Cluster& cluster) {
    if (cluster.has_credentials()) return;
    throw Failed(kExitTaskcluster,
                 Error(ErrorKind::refused, "there are no Taskcluster credentials to submit with")
                     .about(cluster.root_url())
                     .hint("eval $(taskcluster signin), or set TASKCLUSTER_CLIENT_ID and TASKCLUSTER_ACCESS_TOKEN"));
}

}  // namespace

Prepared prepare_submission(Plan plan, const std::string& key_file, const Environment& environment, Cluster& cluster,
                            History& history, Console& console) {
    check_signed(cluster);
    check_scopes(plan, cluster, console);
    Prepared submission{std::move(plan), {new_task_id(), now_of(cluster)}, {}};
    GraphFacts& facts = submission.facts;
    facts.link = seen_at(submission.plan, cluster, facts.group_id);
    if (submission.plan.tasks.keys == TaskKeys::sealed) {
        console.progress("asking STS for a token");
        facts.envelope = seal_token(submission.plan, facts.group_id, key_file, environment, cluster, console);
    }
    const TaskGraph graph(submission.plan, facts);
    history.add(record_of(submission.plan, graph, facts, cluster));
    return submission;
}

Prepared resumed_submission(const std::string& group_id, Cluster& cluster, History& history, Console& console) {
    std::optional<StoredSubmission> record = history.find(group_id);
    if (!record)
        throw Error(ErrorKind::usage, fmt::format("no submission {} is known here", escaped(group_id)))
            .hint("`af jobs` lists those of this machine");
    if (record->facts.root_url != cluster.root_url())
        throw Error(ErrorKind::usage, fmt::format("{} was submitted to {}, and this is {}", group_id,
                                                  record->facts.root_url, cluster.root_url()))
            .hint("set TASKCLUSTER_ROOT_URL");
    check_signed(cluster);
    Prepared submission{parse_plan(record->plan, group_id), {group_id, record->facts.created, record->envelope},
                        tasks_that_exist(cluster, group_id)};
    submission.facts.link = seen_at(submission.plan, cluster, group_id);
    console.say(fmt::format("{} of {} exist already", count_text(submission.existing.size()),
                            plural(record->facts.tasks, "task")));
    return submission;
}

void post_submission(const Prepared& submission, Cluster& cluster, Console& console, bool progress) {
    const TaskGraph graph(submission.plan, submission.facts);
    try {
        post_graph(graph, submission.existing, cluster, progress ? &console : nullptr);
    } catch (const Failed&) {
        console.warn(fmt::format("the submission is incomplete; to go on: af submit --resume {}", graph.group_id()));
        throw;
    }
    remember_state(graph.group_id(), "posted", console);
}

void print_graph(const Plan& plan, WallTime created, const std::stop_token& stop) {
    const std::string envelope = plan.tasks.keys == TaskKeys::sealed ? kSealedLater : "";
    const std::string group_id = task_id_of(as_text(sha256(plan_digest(plan))));
    const TaskGraph graph(plan, {.group_id = group_id, .created = created, .envelope = envelope});
    for (std::size_t place = 0; place < graph.size(); ++place) {
        const GraphTask task = graph.task(place);
        const std::string_view begin = place == 0 ? "[" : ",";
        const std::string_view end = place + 1 == graph.size() ? "\n]\n" : "\n";
        if (!write_stdout(
                fmt::format("{}{{\"task\":{},\"taskId\":\"{}\"}}{}", begin, task.definition, task.task_id, end), stop))
            return;
    }
}

}  // namespace af
