#include "stages/submit/poll.hpp"

#include <algorithm>
#include <set>

namespace af {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxPages = 10'000;

// A page at most kMostPageBytes long: definitions with many inputs are large, so fewer are asked for at a time.
Task<TaskGroupPage> page_that_fits(Queue& queue, const std::string& group_id, const std::string& token, unsigned& most,
                                   std::stop_token stop) {
    for (;;) {
        try {
            TaskGroupPage page = co_await queue.list_states(group_id, token, most, stop);
            co_return page;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::corrupt || most == 1) throw;
        }
        most = std::max(1U, most / 8);
    }
}

// Whether the wait ended because its time was over, and the watcher wants more.
Task<bool> rest(Clock& clock, Duration duration, GroupWatcher& watcher, const std::stop_token& stop) {
    const TimePoint until = clock.now() + duration;
    while (clock.now() < until) {
        const Duration slice = std::min<Duration>(1s, until - clock.now());
        const bool slept = co_await clock.sleep(slice, stop);
        if (!slept) throw Error(ErrorKind::cancelled, "stopped");
        if (!watcher.waiting()) co_return false;
    }
    co_return true;
}

class Pace {
public:
    explicit Pace(const PollOptions& options) : options_(options), now_(options.shortest) {}
    Duration after(bool changed) {
        now_ = changed ? options_.shortest : std::min<Duration>(options_.longest, now_ + now_ / 2);
        return now_;
    }

private:
    const PollOptions& options_;
    Duration now_;
};

}  // namespace

Task<GroupSnapshot> look_at_group(Queue& queue, std::string group_id, std::stop_token stop) {
    GroupSnapshot snapshot;
    snapshot.group_id = group_id;
    std::set<std::string> tokens;
    std::string token;
    unsigned most = kMostTasksOfPage;
    do {
        TaskGroupPage page = co_await page_that_fits(queue, group_id, token, most, stop);
        for (const TaskInGroup& task : page.tasks) add_task(snapshot, task);
        snapshot.sealed = page.sealed;
        token = std::move(page.next_token);
        if (!token.empty() && (tokens.size() == kMaxPages || !tokens.insert(token).second))
            throw Error(ErrorKind::corrupt, "the queue lists the same page again and again").about(group_id);
    } while (!token.empty());
    put_in_order(snapshot);
    co_return snapshot;
}

Task<void> poll_group(Queue& queue, Clock& clock, PollOptions options, GroupWatcher& watcher, std::stop_token stop) {
    GroupSnapshot known;
    known.group_id = options.group_id;
    Pace pace(options);
    const TimePoint begun = clock.now();
    TimePoint heard = begun;
    for (;;) {
        std::optional<GroupSnapshot> seen;
        std::optional<Error> why;
        try {
            seen = co_await look_at_group(queue, options.group_id, stop);
        } catch (const Error& error) {
            why = error;
        }
        if (why && why->kind() == ErrorKind::not_found && known.tasks.empty() &&
            clock.now() - begun < options.wait_for_group) {
            seen = known;
            why.reset();
        }
        bool changed = false;
        if (why) {
            const Duration since = clock.now() - heard;
            if (!why->may_heal() || since >= options.patience) throw std::move(*why).about(options.group_id);
            const Duration again_in = pace.after(false);
            watcher.outage(*why, since, again_in);
            const bool on = co_await rest(clock, again_in, watcher, stop);
            if (!on) co_return;
            continue;
        }
        heard = clock.now();
        changed = !(*seen == known);
        known = std::move(*seen);
        if (!watcher.seen(known)) co_return;
        const Duration again_in = pace.after(changed);
        const bool on = co_await rest(clock, again_in, watcher, stop);
        if (!on) co_return;
    }
}

}  // namespace af
