// cli/cmd_rerun.cpp - "af rerun": what failed in a task group, once more.
#include "cli/cluster.hpp"
#include "cli/command.hpp"
#include "cli/known_group.hpp"
#include "cli/watch_group.hpp"
#include "cli/watch_text.hpp"
#include "engine/file.hpp"
#include "engine/join.hpp"
#include "engine/width.hpp"
#include "stages/submit/poll.hpp"
#include "stages/submit/rerun.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kHelp =
    "Runs the failed tasks of a group again, and only those: mappers first; what depends on them and has failed "
    "already\n"
    "follows when they have completed, for which this command waits. What has not run yet is started by the queue.\n"
    "\n"
    "examples:\n"
    "  af rerun                      of your latest submission\n"
    "  af rerun fN1SbArXTPSVFNUvaOlinQ --watch\n"
    "\n"
    "exit status: 0 rerun, or nothing had failed | 2 usage | 4 it failed again | 6 credentials, scopes or no such "
    "group |\n"
    "  11 network | 130, 143 interrupted; with --watch those of af watch";

constexpr unsigned kSideBySide = 16;

struct Options {
    GroupOptions group;
    bool no_wait = false;
    bool watch = false;
};

// Waits until the step that comes next may be taken.
class UntilReady final : public GroupWatcher {
public:
    UntilReady(Clock& clock, Console& console) : clock_(clock), console_(console) {}

    bool seen(const GroupSnapshot& snapshot) override {
        const GroupSummary summary = summarize(snapshot, clock_.wall());
        console_.progress_lines(watch_lines(snapshot, summary));
        return !next_rerun(snapshot).ready;
    }
    void outage(const Error& why, Duration, Duration) override {
        console_.warn(fmt::format("Taskcluster does not answer: {}", why.what()));
    }
    bool waiting() override { return true; }

private:
    Clock& clock_;
    Console& console_;
};

class Rerun {
public:
    Rerun(const Options& options, Console& console)
        : options_(options),
          console_(console),
          cluster_(process_environment),
          id_(known_group(options.group.group, console)) {}

    int run() {
        GroupSnapshot snapshot = look();
        for (RerunStep step = next_rerun(snapshot); !step.tasks.empty(); step = next_rerun(snapshot)) {
            if (!step.ready && options_.no_wait) break;
            if (!step.ready) {
                wait(snapshot);
                continue;
            }
            if (!rerun(step)) return kExitGraphFailed;
            snapshot = look();
            if (!step.more) break;
        }
        return end(!next_rerun(snapshot).tasks.empty());
    }

private:
    GroupSnapshot look() {
        return cluster_.wait(ClusterStep::taskcluster, look_at_group(cluster_.queue(), id_, cluster_.token()));
    }

    // False when one of them has been rerun here before: it has failed again.
    bool rerun(const RerunStep& step) {
        for (const GroupTask* task : step.tasks) {
            if (std::find(done_.begin(), done_.end(), task->task_id) != done_.end()) {
                console_.warn(failure_text(*task) +
                              " again\n  log: " + log_link(cluster_.root_url(), task->task_id, task->last_run));
                return false;
            }
        }
        cluster_.wait(ClusterStep::taskcluster, rerun_all(step));
        return true;
    }

    // Those that were rerun before one failed are told of all the same.
    Task<void> rerun_all(const RerunStep& step) {
        Slots places(kSideBySide);
        std::vector<Task<void>> reruns;
        for (const GroupTask* task : step.tasks) reruns.push_back(rerun_one(*task, places));
        co_await join(std::move(reruns));
    }

    Task<void> rerun_one(const GroupTask& task, Slots& places) {
        const Slots::Slot place = co_await places.acquire(cluster_.token());
        if (!place || failed_) co_return;
        try {
            co_await cluster_.queue().rerun_task(task.task_id, cluster_.token());
        } catch (...) {
            failed_ = true;
            throw;
        }
        done_.push_back(task.task_id);
        console_.say("rerun: " + title_of(task));
    }

    // Until what the next step depends on has completed, or has failed again.
    void wait(GroupSnapshot& snapshot) {
        console_.say("waiting for what the next tasks depend on");
        UntilReady watcher(cluster_.session().clock(), console_);
        PollOptions poll{.group_id = id_};
        try {
            cluster_.wait(ClusterStep::taskcluster, poll_group(cluster_.queue(), cluster_.session().clock(),
                                                               std::move(poll), watcher, cluster_.token()));
        } catch (Failed& error) {
            console_.progress_lines({});
            const int status = error.status();
            Error told = std::move(error);
            throw Failed(status,
                         std::move(told).hint(fmt::format("What was rerun goes on; go on with: af rerun {}", id_)));
        }
        console_.progress_lines({});
        snapshot = look();
    }

    int end(bool more) {
        if (options_.group.json) {
            const nlohmann::ordered_json json{{"group", id_}, {"rerun", done_}, {"more", more}};
            write_stdout(json.dump() + "\n");
        }
        if (done_.empty() && !more) {
            console_.say("nothing has failed: there is nothing to rerun");
            return 0;
        }
        remember_state(id_, "posted", console_);
        if (options_.watch) {
            const WatchOptions watch{.group_id = id_};
            return watch_group(cluster_, console_, watch);
        }
        if (more)
            console_.say(fmt::format(
                "tasks that depend on these have failed before; when these have completed: af rerun {}", id_));
        console_.say(fmt::format("{} rerun; next: af watch {}", plural(done_.size(), "task"), id_));
        return 0;
    }

    const Options& options_;
    Console& console_;
    Cluster cluster_;
    const std::string id_;
    std::vector<std::string> done_;
    bool failed_ = false;  // the others of a step are left as they are
};

int rerun(const Options& options) {
    Console console = console_of(options.group);
    Rerun work(options, console);
    return work.run();
}

}  // namespace

void add_rerun(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("rerun", kHelp);
    add_group_options(*command, options->group);
    CLI::Option* no_wait = command->add_flag("--no-wait", options->no_wait,
                                             "rerun what can be now, and say what is left to be done later");
    command->add_flag("--watch", options->watch, "then follow the group to its end")->excludes(no_wait);
    command->callback([&chosen, options] { chosen = [options] { return rerun(*options); }; });
}

}  // namespace af
