#include "cli/watch_text.hpp"

#include "stages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr std::size_t kBarWidth = 20;

std::string bar(std::uint64_t done, std::uint64_t all) {
    const std::size_t full = all == 0 ? 0 : static_cast<std::size_t>(done * kBarWidth / all);
    return fmt::format("[{}{}]", std::string(full, '#'), std::string(kBarWidth - full, '-'));
}

void add_part(std::string& text, std::uint64_t count, std::string_view word) {
    if (count > 0) text += fmt::format(", {} {}", count_text(count), word);
}

// "10 of 20 done, 4 running, 6 pending"; states that are not known come last, as the queue calls them.
std::string counts_text(const StateCounts& counts) {
    std::string text = fmt::format("{} of {} done", count_text(counts.of("completed")), count_text(counts.expected));
    add_part(text, counts.failed(), "failed");
    add_part(text, counts.of("running"), "running");
    add_part(text, counts.of("pending"), "pending");
    add_part(text, counts.of("unscheduled"), "waiting");
    for (const auto& [state, count] : counts.states) {
        if (state != "completed" && state != "failed" && state != "exception" && state != "running" &&
            state != "pending" && state != "unscheduled")
            add_part(text, count, state);
    }
    add_part(text, counts.expected - counts.there(), "not posted yet");
    return text;
}

std::string bytes_text(const GroupSummary& summary) {
    std::string text = fmt::format("{} of {} mapped", size_text(summary.bytes_mapped), size_text(summary.bytes));
    if (summary.bytes_per_second > 0)
        text += fmt::format(", {}/s", size_text(static_cast<std::uint64_t>(summary.bytes_per_second)));
    if (summary.seconds_left) text += fmt::format(", {} left", duration_text(*summary.seconds_left));
    return text;
}

std::string reducers_text(const GroupSummary& summary) {
    if (summary.reducer_never_runs) return "will never run";
    const StateCounts& counts = summary.reducers;
    if (counts.expected != 1) return counts_text(counts);
    if (counts.there() == 0) return "not posted yet";
    const std::string& state = counts.states.begin()->first;
    if (state == "unscheduled") return summary.mergers.expected > 0 ? "waits for the mergers" : "waits for the mappers";
    return state == "completed" ? "done" : state;
}

std::string head(const GroupSnapshot& snapshot, const GroupSummary& summary) {
    const std::string job = snapshot.marks && !snapshot.marks->job.empty() ? snapshot.marks->job + " in " : "";
    std::string text = job + snapshot.group_id + ": ";
    if (snapshot.tasks.empty()) return text + "no task yet";
    if (summary.verdict == Verdict::running) {
        text += summary.seconds > 0 ? "running for " + duration_text(summary.seconds) : "waiting for workers";
    } else {
        text += std::string(word_of(summary.verdict));
        if (summary.seconds > 0) text += " after " + duration_text(summary.seconds);
    }
    return text;
}

nlohmann::ordered_json counts_json(const StateCounts& counts) {
    nlohmann::ordered_json json{{"expected", counts.expected}};
    for (const auto& [state, count] : counts.states) json[state] = count;
    return json;
}

}  // namespace

std::vector<std::string> watch_lines(const GroupSnapshot& snapshot, const GroupSummary& summary) {
    std::vector<std::string> lines{head(snapshot, summary)};
    if (snapshot.tasks.empty()) return lines;
    if (!snapshot.marks) {
        lines.push_back("  tasks    " + bar(summary.others.of("completed"), summary.others.expected) + "  " +
                        counts_text(summary.others));
        return lines;
    }
    lines.push_back("  mappers  " + bar(summary.mappers.of("completed"), summary.mappers.expected) + "  " +
                    counts_text(summary.mappers));
    if (summary.bytes > 0) lines.push_back("  bytes    " + bytes_text(summary));
    if (summary.mergers.expected > 0) lines.push_back("  mergers  " + counts_text(summary.mergers));
    lines.push_back((summary.reducers.expected == 1 ? "  reducer  " : "  reducers ") + reducers_text(summary));
    if (summary.others.there() > 0) lines.push_back("  others   " + counts_text(summary.others));
    if (summary.first_failure) lines.push_back("  FAILED   " + failure_text(*summary.first_failure));
    return lines;
}

std::string watch_line(const GroupSnapshot& snapshot, const GroupSummary& summary) {
    std::string text = head(snapshot, summary);
    if (snapshot.tasks.empty()) return text;
    if (!snapshot.marks) return text + "; tasks: " + counts_text(summary.others);
    text += "; mappers: " + counts_text(summary.mappers);
    if (summary.bytes > 0) text += "; " + bytes_text(summary);
    return text + (summary.reducers.expected == 1 ? "; reducer: " : "; reducers: ") + reducers_text(summary);
}

std::string watch_json(const GroupSnapshot& snapshot, const GroupSummary& summary) {
    nlohmann::ordered_json json{
        {"type", "group"},        {"group", snapshot.group_id}, {"verdict", word_of(summary.verdict)},
        {"whole", summary.whole}, {"at_rest", summary.at_rest}, {"seconds", summary.seconds}};
    for (const auto& [name, counts] :
         {std::pair("mappers", &summary.mappers), std::pair("mergers", &summary.mergers),
          std::pair("reducers", &summary.reducers), std::pair("others", &summary.others)}) {
        if (counts->expected > 0) json[name] = counts_json(*counts);
    }
    json["bytes"] = summary.bytes;
    json["bytes_mapped"] = summary.bytes_mapped;
    json["bytes_per_second"] = summary.bytes_per_second;
    if (summary.seconds_left) json["seconds_left"] = *summary.seconds_left;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string failure_text(const GroupTask& task) {
    std::string text = title_of(task);
    if (task.last_run >= 0) text += fmt::format(", run {}", task.last_run);
    text += ": " + task.state;
    if (!task.reason.empty() && task.reason != task.state) text += fmt::format(" ({})", task.reason);
    return text;
}

}  // namespace af
