#include "cli/post_graph.hpp"

#include "stages/submit/graph_post.hpp"
#include "stages/submit/poll.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr unsigned kInFlight = 32;

// `before`: those that were there already, which say nothing of the rate.
std::string progress_of(std::size_t posted, std::size_t before, std::size_t all, double seconds) {
    const double rate = seconds > 0.5 ? static_cast<double>(posted - before) / seconds : 0;
    std::string text = fmt::format("{} of {} posted", count_text(posted), plural(all, "task"));
    if (rate > 0)
        text += fmt::format(", {:.0f}/s, {} left", rate, duration_text(static_cast<double>(all - posted) / rate));
    return text;
}

// A task that is not ours makes the submission one that is there in part.
void run(Pipeline& pipeline, Cluster& cluster) {
    in_step(ClusterStep::taskcluster, [&] {
        try {
            cluster.control().run(pipeline);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::corrupt) throw Failed(kExitConflict, error);
            throw cluster.control().cause_of(error);
        }
    });
}

}  // namespace

std::set<std::string> tasks_that_exist(Cluster& cluster, const std::string& group_id) {
    try {
        const GroupSnapshot group =
            cluster.wait(ClusterStep::taskcluster, look_at_group(cluster.queue(), group_id, cluster.token()));
        std::set<std::string> ids;
        for (const GroupTask& task : group.tasks) ids.insert(task.task_id);
        return ids;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::not_found) return {};
        throw;
    }
}

void post_graph(const TaskGraph& graph, const std::set<std::string>& existing, Cluster& cluster, Console* progress) {
    std::atomic<std::size_t> posted = existing.size();
    const auto start = std::chrono::steady_clock::now();
    struct Quiet {
        Cluster& cluster;
        ~Quiet() { cluster.on_tick({}); }
    } const quiet{cluster};  // what is called then is gone with this function
    cluster.on_tick([&] {
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        if (progress) progress->progress(progress_of(posted, existing.size(), graph.size(), elapsed.count()));
    });
    Place net = cluster.session().runtime().net();
    for (const PlaceRange& range : posting_order(graph)) {
        Pipeline pipeline("post");
        pipeline.from("tasks", {.on = net, .buffer = {.items = kInFlight}}, list_places, range, existing, graph)
            .into("post", {.on = net, .workers = kInFlight}, post_tasks, graph, cluster.queue(), posted);
        run(pipeline, cluster);
    }
    if (progress) progress->progress("");
}

}  // namespace af
