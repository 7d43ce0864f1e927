// cli/cmd_monitor.cpp - "af monitor": the page that shows a task group, served here or written for a web server.
#include "cli/cluster.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/known_group.hpp"
#include "cli/monitor/page.hpp"
#include "cli/monitor/server.hpp"
#include "engine/atomic_file.hpp"
#include "stages/s3/url.hpp"
#include "stages/taskcluster/ids.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kHelp =
    "Shows a task group in a browser: progress, results and logs as they come.\n"
    "Serves the page on 127.0.0.1 below an address that nobody can guess, and asks Taskcluster with your credentials,\n"
    "which stay in this program. Ctrl-C ends it; the tasks go on.\n"
    "With --write, writes the page as one file for a web server: anybody may then open it with\n"
    "?rootUrl=ROOT&taskGroupId=GROUP, and it asks Taskcluster as nobody in particular.\n"
    "\n"
    "example: af monitor fN1SbArXTPSVFNUvaOlinQ\n"
    "example: af monitor --write monitor.html --root-url https://tc.example.org\n"
    "exit status: 0 ended by you, or written | 2 usage | 6 credentials | 71 the port is taken | 73 disk full";

struct MonitorOptions {
    std::string group;
    std::string root_url;
    std::string write;
    int port = 0;
    bool json = false;
};

// Without a slash at the end, as the page wants it.
std::string checked_root(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    const Result<Url> url = parse_url(text);
    const bool safe = url && (url->scheme == "https" || is_loopback(url->host));
    if (safe && url->path.empty() && url->query.empty()) return text;
    throw Error(ErrorKind::usage, fmt::format("--root-url: \"{}\" is no address of a Taskcluster deployment",
                                              escaped(text.substr(0, 200))))
        .hint("It looks like https://tc.example.org.");
}

// The environment with another deployment in it.
Environment with_root(const Environment& environment, const std::string& root_url) {
    if (root_url.empty()) return environment;
    return [environment, root_url](std::string_view name) -> std::optional<std::string> {
        if (name == "TASKCLUSTER_ROOT_URL") return root_url;
        return environment(name);
    };
}

int write_page(const MonitorOptions& options, Console& console) {
    AtomicFile file(options.write);
    file.append(monitor_page({.root_url = options.root_url, .group_id = options.group, .proxied = false}));
    file.commit();
    console.say("written: " + options.write);
    return 0;
}

void announce(Console& console, const std::string& url) {
    console.event(nlohmann::ordered_json{{"type", "monitor"}, {"url", url}}.dump());
    console.say(url + "\nCtrl-C ends it.");
}

int serve(const MonitorOptions& options, Console& console) {
    Cluster cluster(with_root(process_environment, options.root_url));
    if (cluster.root_url().empty())
        throw Error(ErrorKind::config, "TASKCLUSTER_ROOT_URL is not set").hint("Say it with --root-url.");
    MonitorProxy proxy(cluster, options.group);
    std::string page = monitor_page({.root_url = cluster.root_url(), .group_id = options.group, .proxied = true});
    MonitorServer server(proxy, std::move(page), options.group, options.port);
    announce(console, server.url());
    if (!server.run(cluster.token())) ::_exit(0);  // nothing is half-written, and a paused download would hold us
    return 0;
}

int monitor(MonitorOptions options) {
    Console console(console_options(Verbosity::normal, options.json, false));
    if (!options.root_url.empty()) options.root_url = checked_root(options.root_url);
    if (!options.group.empty() || options.write.empty()) options.group = known_group(options.group, console);
    if (!options.write.empty()) return write_page(options, console);
    return serve(options, console);
}

}  // namespace

void add_monitor(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<MonitorOptions>();
    CLI::App* monitor_command = app.add_subcommand("monitor", kHelp);
    monitor_command->add_option("GROUP", options->group, "id of the task group");
    monitor_command->add_option("--port", options->port, "port of 127.0.0.1 (default: one that is free)")
        ->check(CLI::Range(0, 65535));
    monitor_command->add_option("--root-url", options->root_url,
                                "Taskcluster deployment (default: TASKCLUSTER_ROOT_URL)");
    monitor_command->add_option("--write", options->write, "write the page to FILE and end")->type_name("FILE");
    monitor_command->add_flag("--json", options->json, "the address as a JSON event on stderr");
    monitor_command->callback([&chosen, options] { chosen = [options] { return monitor(*options); }; });
}

}  // namespace af
