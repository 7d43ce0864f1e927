#include "cli/watch_group.hpp"

#include "cli/artifact_reading.hpp"
#include "cli/known_group.hpp"
#include "cli/watch_text.hpp"
#include "stages/submit/poll.hpp"
#include "stages/submit/result_parts.hpp"
#include "stages/taskcluster/task_log.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using namespace std::chrono_literals;

constexpr Duration kBetweenPlainLines = 15s;

std::string come_back(const std::string& group_id) { return "af watch " + group_id; }

// What the poll is told, put before the person.
class Watch final : public GroupWatcher {
public:
    Watch(Cluster& cluster, Console& console, const WatchOptions& options)
        : clock_(cluster.session().clock()), root_url_(cluster.root_url()), console_(console), options_(options) {}

    bool seen(const GroupSnapshot& snapshot) override {
        if (unreachable_) {
            console_.say(fmt::format("Taskcluster answers again, after {}", since_text(unreachable_for_)));
            unreachable_ = false;
        }
        const bool changed = !snapshot_ || !(*snapshot_ == snapshot);
        if (changed) snapshot_ = snapshot;
        summary_ = summarize(*snapshot_, clock_.wall());
        tell_failure();
        if (changed) console_.event(watch_json(*snapshot_, summary_));
        draw(changed);
        if (summary_.verdict == Verdict::completed) return false;
        if (summary_.verdict != Verdict::running && (!options_.to_the_end || summary_.at_rest)) return false;
        return in_time();
    }

    void outage(const Error& why, Duration since, Duration again_in) override {
        if (!unreachable_) console_.warn(fmt::format("Taskcluster does not answer: {}", why.what()));
        unreachable_ = true;
        unreachable_for_ = since;
        again_at_ = clock_.now() + again_in;
        console_.event(nlohmann::ordered_json{
            {"type", "outage"}, {"seconds", std::chrono::duration<double>(since).count()}, {"message", why.what()}}
                           .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        draw(false);
    }

    bool waiting() override {
        if (console_.options().terminal) draw(false);
        return in_time();
    }

    bool timed_out() const noexcept { return timed_out_; }
    const GroupSummary& summary() const noexcept { return summary_; }
    const GroupSnapshot& snapshot() const { return snapshot_.value(); }  // once one was seen
    // The last state, to stay on the terminal or in the log.
    void leave() {
        console_.progress_lines({});
        if (!snapshot_) return;
        if (!console_.options().terminal) return say_once(watch_line(*snapshot_, summary_));
        for (const std::string& line : watch_lines(*snapshot_, summary_)) console_.say(line);
    }

private:
    static std::string since_text(Duration since) {
        return duration_text(std::chrono::duration<double>(since).count());
    }

    void say_once(const std::string& line) {
        if (line != said_) console_.say(line);
        said_ = line;
    }

    bool in_time() {
        timed_out_ = options_.timeout > 0s && clock_.now() - begun_ >= options_.timeout;
        return !timed_out_;
    }

    void draw(bool changed) {
        if (!snapshot_) return;
        if (!console_.options().terminal) {
            const bool due = !said_at_ || (changed && clock_.now() - *said_at_ >= kBetweenPlainLines);
            if (!due || unreachable_) return;
            said_at_ = clock_.now();
            say_once(watch_line(*snapshot_, summary_));
            return;
        }
        std::vector<std::string> lines = watch_lines(*snapshot_, summary_);
        if (unreachable_) {
            const Duration left = std::max<Duration>(0s, again_at_ - clock_.now());
            lines.push_back(fmt::format("  no answer from Taskcluster; tried again in {}", since_text(left)));
        }
        console_.progress_lines(lines);
    }

    void tell_failure() {
        const GroupTask* failure = summary_.first_failure;
        if (!failure || told_ == failure->task_id) return;
        told_ = failure->task_id;
        const std::string link = log_link(root_url_, failure->task_id, std::max(0, failure->last_run));
        std::string text = failure_text(*failure);
        if (summary_.reducer_never_runs) text += "; the reducer will never run";
        if (!console_.options().json) {
            console_.warn(text + "\n  log: " + link);
            return;
        }
        console_.event(nlohmann::ordered_json{
            {"type", "task_failed"},
            {"task_id", failure->task_id},
            {"name", failure->name},
            {"run_id", failure->last_run},
            {"state", failure->state},
            {"reason", failure->reason},
            {"log", link},
            {"message",
             text}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }

    Clock& clock_;
    const std::string root_url_;
    Console& console_;
    const WatchOptions& options_;
    const TimePoint begun_ = clock_.now();
    std::optional<GroupSnapshot> snapshot_;
    GroupSummary summary_;
    std::string told_;  // the task whose failure was told
    std::optional<TimePoint> said_at_;
    std::string said_;
    bool unreachable_ = false;
    Duration unreachable_for_{0};
    TimePoint again_at_;
    bool timed_out_ = false;
};

// The last line of a log that says why the program failed. Holds one line, of at most 8 KiB.
class LastErrorLine {
public:
    void take(std::string_view bytes) {
        for (const char c : bytes) {
            if (c != '\n' && line_.size() < kMostBytes) line_ += c;
            if (c != '\n') continue;
            end_line();
        }
    }
    const std::string& line() {
        end_line();
        return found_;
    }

private:
    static constexpr std::size_t kMostBytes = 8 << 10;

    void end_line() {
        if (line_.starts_with("af: ERROR ")) found_ = line_.substr(0, line_.find_last_not_of('\r') + 1);
        line_.clear();
    }

    std::string line_;
    std::string found_;
};

// Whether input is missing that was allowed to be. That it cannot be told is no failure of the group.
bool is_partial(Cluster& cluster, Console& console, const GroupSnapshot& snapshot) {
    if (!snapshot.marks) return false;
    try {
        ArtifactReading reading(cluster);
        const std::vector<ResultPart> parts =
            cluster.wait(ClusterStep::result, find_result(reading.store, reading.retrier, snapshot, cluster.token()));
        const ResultPart& part = parts.front();
        if (part.objects_lost == 0) return false;
        console.warn(fmt::format("{} of {} are missing, as was allowed", count_text(part.objects_lost),
                                 plural(part.objects_asked, "object")));
        return true;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::terminated) throw;
        console.warn(fmt::format("the result's manifest cannot be read: {}: {}", error.item(), error.what()));
        return false;
    }
}

// What the log of the failed task says of it. That the log cannot be read is said where it is asked for: af logs.
void tell_reason(Cluster& cluster, Console& console, const GroupTask* failure) {
    if (!failure || failure->last_run < 0) return;
    ArtifactReading reading(cluster);
    TaskLog log(cluster.queue(), reading.store, cluster.session().http(), reading.retrier, cluster.root_url());
    LastErrorLine last;
    const TakeLog take = [&last](std::string_view bytes) { last.take(bytes); };
    try {
        cluster.wait(ClusterStep::taskcluster, log.read({failure->task_id, failure->last_run}, take, cluster.token()));
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::terminated) throw;
        return;
    }
    if (last.line().empty()) return;
    console.say("its log says: " + printable(last.line()));
    console.event(
        nlohmann::ordered_json{{"type", "task_error"}, {"task_id", failure->task_id}, {"line", last.line()}}.dump(
            -1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int outcome(Cluster& cluster, Console& console, const WatchOptions& options, const Watch& watch) {
    const std::string& id = options.group_id;
    if (watch.timed_out() && watch.summary().verdict == Verdict::running) {
        console.say(fmt::format("the group goes on; come back with: {}", come_back(id)));
        return kExitStillRunning;
    }
    remember_state(id, word_of(watch.summary().verdict), console);
    if (watch.summary().verdict == Verdict::completed) {
        const bool partial = is_partial(cluster, console, watch.snapshot());
        if (watch.snapshot().marks) console.say(fmt::format("next: af result {} -o result.txt", id));
        return partial ? kExitPartial : 0;
    }
    if (watch.summary().verdict == Verdict::failed) tell_reason(cluster, console, watch.summary().first_failure);
    if (watch.summary().verdict == Verdict::failed)
        console.say(fmt::format("next: af logs {0} --failed, then af rerun {0}", id));
    return kExitGraphFailed;
}

}  // namespace

int watch_group(Cluster& cluster, Console& console, const WatchOptions& options) {
    Watch watch(cluster, console, options);
    PollOptions poll{.group_id = options.group_id};
    poll.wait_for_group = options.wait_for_group;
    try {
        cluster.wait(ClusterStep::taskcluster,
                     poll_group(cluster.queue(), cluster.session().clock(), std::move(poll), watch, cluster.token()));
    } catch (Failed& error) {
        console.progress_lines({});
        const bool stopped = error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::terminated;
        if (!stopped && error.kind() != ErrorKind::unavailable) throw;
        const int status = error.status();
        Error told = std::move(error);
        throw Failed(status, std::move(told).hint(
                                 fmt::format("The group goes on; come back with: {}", come_back(options.group_id))));
    }
    watch.leave();
    const int status = outcome(cluster, console, options, watch);
    console.event(nlohmann::ordered_json{
        {"type", "group_end"},
        {"group", options.group_id},
        {"verdict", word_of(watch.summary().verdict)},
        {"status",
         status}}.dump());
    return status;
}

}  // namespace af
