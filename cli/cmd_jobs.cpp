// cli/cmd_jobs.cpp - "af jobs": the submissions of this user.
#include "cli/cluster.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/history.hpp"
#include "engine/file.hpp"
#include "stages/s3/dates.hpp"
#include "stages/submit/poll.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kHelp =
    "Lists your submissions from this machine, newest first: id, date, state, tasks, size, name. States are those that "
    "af saw\n"
    "last; --refresh asks Taskcluster.\n"
    "\n"
    "example: af jobs -n 5 --refresh\n"
    "exit status: 0 listed | 2 usage | 6 credentials (--refresh) | 11 network (--refresh) | 74 the history cannot be "
    "read";

struct Options {
    std::size_t most = 20;
    bool json = false;
    bool refresh = false;
};

bool is_open(const Submission& submission) {
    return submission.state == "posting" || submission.state == "posted" || submission.state == "running";
}

// The state as Taskcluster has it. One that is not there any more keeps the state it had.
void refresh(std::vector<Submission>& submissions, History& history, Console& console) {
    Cluster cluster(process_environment);
    for (Submission& submission : submissions) {
        if (!is_open(submission) || submission.root_url != cluster.root_url()) continue;
        try {
            const GroupSnapshot snapshot = cluster.wait(
                ClusterStep::taskcluster, look_at_group(cluster.queue(), submission.group_id, cluster.token()));
            const GroupSummary summary = summarize(snapshot, cluster.session().clock().wall());
            if (summary.verdict == Verdict::running && !summary.whole) continue;  // still "posting"
            submission.state = word_of(summary.verdict);
            history.set_state(submission.group_id, submission.state);
        } catch (const Failed& error) {
            if (error.kind() != ErrorKind::not_found) throw;
            console.warn(fmt::format("{} is not there any more", submission.group_id));
        }
    }
}

std::string minute_of(WallTime at) {
    std::string text = to_iso_date(at).substr(0, 16);
    text[10] = ' ';
    return text;
}

std::string row_json(const Submission& submission) {
    const nlohmann::ordered_json row{{"group_id", submission.group_id},
                                     {"root_url", submission.root_url},
                                     {"created", to_iso_date(submission.created)},
                                     {"state", submission.state},
                                     {"tasks", submission.tasks},
                                     {"objects", submission.objects},
                                     {"bytes", submission.bytes},
                                     {"name", submission.name},
                                     {"owner", submission.owner},
                                     {"image", submission.image}};
    return row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string row_text(const Submission& submission) {
    return fmt::format("{}  {} UTC  {:<9}  {:>6}  {:>8}  {}\n", submission.group_id, minute_of(submission.created),
                       submission.state, count_text(submission.tasks), size_text(submission.bytes),
                       escaped(submission.name));
}

int jobs(const Options& options) {
    Console console(console_options(Verbosity::normal, options.json, false));
    History history(history_file(process_environment));
    std::vector<Submission> submissions = history.list(options.most);
    if (options.refresh) refresh(submissions, history, console);
    if (submissions.empty()) console.say("no submission yet: af submit --help");
    std::string text;
    for (const Submission& submission : submissions) text += options.json ? row_json(submission) : row_text(submission);
    write_stdout(text);
    return 0;
}

}  // namespace

void add_jobs(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("jobs", kHelp);
    command->add_option("-n,--number", options->most, "at most so many (20)")->check(CLI::Range(1, 1'000'000));
    command->add_flag("--refresh", options->refresh, "ask Taskcluster for the state of those that had not ended");
    command->add_flag("--json", options->json, "one JSON object a line");
    command->callback([&chosen, options] { chosen = [options] { return jobs(*options); }; });
}

}  // namespace af
