// cli/cmd_cancel.cpp - "af cancel": ends a task group.
#include "cli/ask.hpp"
#include "cli/cluster.hpp"
#include "cli/command.hpp"
#include "cli/known_group.hpp"
#include "cli/watch_text.hpp"
#include "engine/file.hpp"
#include "stages/submit/poll.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kHelp =
    "Ends a task group: seals it, so that nothing can be added, then cancels every task that has not ended.\n"
    "\n"
    "example: af cancel latest\n"
    "exit status: 0 cancelled, or nothing was left to cancel | 130 you said no | 2 usage | 6 credentials, scopes or no "
    "such group | 11 "
    "network";

struct Options {
    GroupOptions group;
    bool yes = false;
};

std::uint64_t open_tasks(const GroupSnapshot& snapshot) {
    return static_cast<std::uint64_t>(std::count_if(snapshot.tasks.begin(), snapshot.tasks.end(),
                                                    [](const GroupTask& task) { return !task.has_ended(); }));
}

int cancel(const Options& options) {
    Console console = console_of(options.group);
    const std::string id = known_group(options.group.group, console);
    Cluster cluster(process_environment);
    Queue& queue = cluster.queue();
    if (!options.yes) {
        const GroupSnapshot snapshot =
            cluster.wait(ClusterStep::taskcluster, look_at_group(queue, id, cluster.token()));
        console.say(watch_line(snapshot, summarize(snapshot, cluster.session().clock().wall())));
        if (!ask(fmt::format("Cancel {}?", plural(open_tasks(snapshot), "task")), "--yes")) {
            console.say("nothing was cancelled");
            return exit_code(ErrorKind::interrupted);
        }
    }
    cluster.wait(ClusterStep::taskcluster, queue.seal_task_group(id, cluster.token()));
    const CancelledGroup done = cluster.wait(ClusterStep::taskcluster, queue.cancel_task_group(id, cluster.token()));
    if (done.cancelled > 0) remember_state(id, word_of(Verdict::cancelled), console);
    if (options.group.json) {
        const nlohmann::ordered_json json{{"group", id}, {"cancelled", done.cancelled}, {"tasks", done.size}};
        write_stdout(json.dump() + "\n");
    }
    console.say(
        fmt::format("cancelled {} of {}; the group is sealed", count_text(done.cancelled), plural(done.size, "task")));
    return 0;
}

}  // namespace

void add_cancel(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("cancel", kHelp);
    add_group_options(*command, options->group)->required();
    command->add_flag("-y,--yes", options->yes, "do not ask");
    command->callback([&chosen, options] { chosen = [options] { return cancel(*options); }; });
}

}  // namespace af
