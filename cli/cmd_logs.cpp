// cli/cmd_logs.cpp - "af logs": what tasks have printed.
#include "cli/artifact_reading.hpp"
#include "cli/command.hpp"
#include "cli/known_group.hpp"
#include "cli/log_lines.hpp"
#include "engine/file.hpp"
#include "stages/submit/poll.hpp"
#include "stages/taskcluster/task_log.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/App.hpp>
#include <memory>

namespace af {
namespace {

constexpr const char* kHelp =
    "Prints the log of a task; of a group, that of its reducer, or with --failed those of all tasks that have failed, "
    "each\n"
    "line with its task's name before it. On a terminal control bytes are shown as \\xNN.\n"
    "\n"
    "examples:\n"
    "  af logs --failed                       of your latest submission\n"
    "  af logs V87ZV9cmQE69d_wNxf5fdQ --follow\n"
    "\n"
    "exit status: 0 printed | 2 usage | 6 credentials, or no such task, group or log | 11 network | 130, 143 "
    "interrupted";

struct Options {
    GroupOptions group;
    bool failed = false;
    bool follow = false;
    int run = -1;
};

struct LogToRead {
    LogPlace place;
    std::string name;
    bool ended = true;
};

class Logs {
public:
    Logs(const Options& options, Console& console)
        : options_(options),
          console_(console),
          cluster_(process_environment),
          reading_(cluster_),
          log_(cluster_.queue(), reading_.store, cluster_.session().http(), reading_.retrier, cluster_.root_url()) {}

    int run() {
        const std::string id = known_group(options_.group.group, console_);
        const std::vector<LogToRead> logs =
            options_.failed ? failed_of(group(id).value_or(GroupSnapshot{})) : one_of(id);
        if (logs.empty()) console_.say("no task has failed");
        for (const LogToRead& log : logs) {
            if (options_.failed)
                print_if_there(log);
            else
                print(log, false);
        }
        return 0;
    }

private:
    std::optional<GroupSnapshot> group(const std::string& id) {
        try {
            return cluster_.wait(ClusterStep::taskcluster, look_at_group(cluster_.queue(), id, cluster_.token()));
        } catch (const Failed& error) {
            if (error.kind() != ErrorKind::not_found || options_.failed) throw;
            return std::nullopt;  // the id of a task, then
        }
    }

    LogToRead log_of(const GroupTask& task) const {
        return {{task.task_id, options_.run >= 0 ? options_.run : std::max(0, task.last_run)},
                title_of(task),
                task.has_ended() || (options_.run >= 0 && options_.run < task.last_run)};
    }

    std::vector<LogToRead> failed_of(const GroupSnapshot& snapshot) const {
        std::vector<LogToRead> logs;
        for (const GroupTask& task : snapshot.tasks)
            if (task.has_failed() && task.last_run >= 0) logs.push_back(log_of(task));
        return logs;
    }

    std::vector<LogToRead> one_of(const std::string& id) {
        if (const std::optional<GroupSnapshot> snapshot = group(id)) return {reducer_of(*snapshot)};
        const TaskStatus status =
            cluster_.wait(ClusterStep::taskcluster, cluster_.queue().status(id, cluster_.token()));
        const int last = status.runs.empty() ? 0 : status.runs.back().run_id;
        const int run = options_.run >= 0 ? options_.run : last;
        return {{{id, run}, id, status.resolved() || run < last}};
    }

    LogToRead reducer_of(const GroupSnapshot& snapshot) {
        for (const GroupTask& task : snapshot.tasks) {
            if (task.role != Role::reduce || task.last_run < 0) continue;
            console_.say(title_of(task) + ":");
            return log_of(task);
        }
        throw Error(ErrorKind::usage, "its reducer has not run yet: name a task, or say --failed")
            .about(snapshot.group_id)
            .hint(group_link(cluster_.root_url(), snapshot.group_id) + " lists its tasks");
    }

    // A task whose worker was lost has no log; those of the others are wanted all the same.
    void print_if_there(const LogToRead& log) {
        try {
            print(log, true);
        } catch (const Failed& error) {
            if (error.kind() != ErrorKind::not_found) throw;
            console_.warn(fmt::format("{}: there is no log of run {}", log.name, log.place.run_id));
        }
    }

    void print(const LogToRead& log, bool with_name) {
        if (!log.ended && !options_.follow)
            throw Error(ErrorKind::usage, fmt::format("{} has not ended: its log is not whole", log.name))
                .about(log.place.task_id)
                .hint("say --follow");
        const std::string prefix = with_name ? printable(log.name) + ": " : "";
        LogLines lines(prefix, ::isatty(STDOUT_FILENO) == 1, [this](std::string_view line) { write(line); });
        TakeLog take = [&lines](std::string_view bytes) { lines.add(bytes); };
        Task<void> reading = options_.follow ? log_.follow(log.place, take, cluster_.token())
                                             : log_.read(log.place, take, cluster_.token());
        cluster_.wait(ClusterStep::taskcluster, std::move(reading));
        lines.finish();
    }

    // Of a reader that has gone (| head) nothing more is wanted.
    void write(std::string_view line) {
        if (!write_stdout(line, cluster_.token()))
            cluster_.control().stop(Error(ErrorKind::cancelled, "stdout is closed"));
    }

    const Options& options_;
    Console& console_;
    Cluster cluster_;
    ArtifactReading reading_;
    TaskLog log_;
};

int logs(const Options& options) {
    Console console = console_of(options.group);
    Logs work(options, console);
    try {
        return work.run();
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) return 0;
        throw;
    }
}

}  // namespace

void add_logs(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("logs", kHelp);
    add_group_options(*command, options->group)
        ->description("id of a task or a group; \"latest\", as when left out, is your last one");
    CLI::Option* failed = command->add_flag("--failed", options->failed, "of all tasks of the group that have failed");
    command->add_flag("-f,--follow", options->follow, "as it grows, until the task has ended")->excludes(failed);
    command->add_option("--run", options->run, "of this run of the task (its last)")
        ->check(CLI::Range(0, 49))
        ->excludes(failed);
    command->callback([&chosen, options] { chosen = [options] { return logs(*options); }; });
}

}  // namespace af
