// cli/cmd_watch.cpp - "af watch": a task group, followed until it has ended.
#include "cli/command.hpp"
#include "cli/duration.hpp"
#include "cli/known_group.hpp"
#include "cli/watch_group.hpp"

#include <CLI/App.hpp>
#include <memory>

namespace af {
namespace {

constexpr const char* kHelp =
    "Follows a task group until it has ended: tasks, bytes mapped, time left, the first failure at once with its log.\n"
    "Ctrl-C leaves the group running.\n"
    "\n"
    "examples:\n"
    "  af watch                      your latest submission\n"
    "  af watch fN1SbArXTPSVFNUvaOlinQ --timeout 2h --json\n"
    "\n"
    "exit status: 0 completed | 2 usage | 3 completed, with input missing that was allowed to be | 4 a task failed for "
    "good,\n"
    "  or it was cancelled | 5 --timeout is over | 6 credentials or no such group | 11 network | 130, 143 interrupted";

struct Options {
    GroupOptions group;
    std::string timeout;
    bool to_the_end = false;
};

int watch(const Options& options) {
    Console console = console_of(options.group);
    WatchOptions what;
    what.group_id = known_group(options.group.group, console);
    if (!options.timeout.empty()) what.timeout = duration_of(options.timeout, "--timeout");
    what.to_the_end = options.to_the_end;
    Cluster cluster(process_environment);
    console.say(group_link(cluster.root_url(), what.group_id));
    return watch_group(cluster, console, what);
}

}  // namespace

void add_watch(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("watch", kHelp);
    add_group_options(*command, options->group);
    command->add_option("--timeout", options->timeout, "stop watching after so long: 90s, 15m, 2h (never)")
        ->type_name("TIME");
    command->add_flag("--to-the-end", options->to_the_end, "after a failure too, until nothing runs any more");
    command->callback([&chosen, options] { chosen = [options] { return watch(*options); }; });
}

}  // namespace af
