#include "cli/known_group.hpp"

#include "engine/error.hpp"
#include "stages/flow/session.hpp"
#include "stages/near.hpp"
#include "stages/taskcluster/ids.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>

namespace af {
namespace {

constexpr std::size_t kLookedAt = 1000;

std::string did_you_mean_group(const std::string& named) {
    std::vector<std::string> ids;
    try {
        for (const Submission& submission : History(history_file(process_environment)).list(kLookedAt))
            ids.push_back(submission.group_id);
    } catch (const Error&) {
        // The mistake is the user's word; what is wrong with the history is not its cause.
    }
    return did_you_mean(named, ids);
}

std::string latest_group(Console& console) {
    const std::optional<Submission> latest = History(history_file(process_environment)).latest();
    if (!latest)
        throw Error(ErrorKind::usage, "the job history is empty: there is no latest task group")
            .hint("Name a group: `af COMMAND GROUP`, or submit a job first.");
    console.say(fmt::format("{}: the latest submission ({})", latest->group_id, latest->name));
    return latest->group_id;
}

// The id in a link to a group's page: https://HOST/tasks/groups/ID, with whatever follows.
std::string_view id_in_link(std::string_view link) {
    constexpr std::string_view kPage = "/tasks/groups/";
    const std::size_t at = link.find(kPage);
    if (at == link.npos || link.find("://") > at) return {};
    link.remove_prefix(at + kPage.size());
    return link.substr(0, link.find_first_of("/?#"));
}

}  // namespace

CLI::Option* add_group_options(CLI::App& command, GroupOptions& options) {
    CLI::Option* group =
        command
            .add_option("group", options.group,
                        "id of a task group, or a link to it; \"latest\", as when left out, is your last one")
            ->type_name("GROUP");
    command.add_flag("--json", options.json, "for programs: JSON, one object a line");
    command.add_flag("-q,--quiet", options.quiet, "say nothing unless something is wrong");
    command.add_flag("--no-color", options.no_colour, "no colours");
    return group;
}

Console console_of(const GroupOptions& options) {
    return Console(
        console_options(options.quiet ? Verbosity::quiet : Verbosity::normal, options.json, options.no_colour));
}

std::string known_group(const std::string& named, Console& console) {
    if (named.empty() || named == "latest") return latest_group(console);
    if (is_task_id(named)) return named;
    if (const std::string_view id = id_in_link(named); is_task_id(id)) return std::string(id);
    throw Error(ErrorKind::usage, fmt::format("\"{}\" is no id of a task group{}", named, did_you_mean_group(named)))
        .about(named)
        .hint("`af jobs` lists yours. An id has 22 characters of A-Z, a-z, 0-9, - and _.");
}

void remember_state(const std::string& group_id, std::string_view state, Console& console) {
    try {
        History(history_file(process_environment)).set_state(group_id, state);
    } catch (const Error& error) {
        console.warn(fmt::format("the job history keeps no note of this: {}: {}", error.item(), error.what()));
    }
}

}  // namespace af
