#include "cli/scopes_needed.hpp"

#include "cli/plan_settings.hpp"
#include "stages/submit/graph.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <set>

namespace af {
namespace {

constexpr std::string_view kReads = "auth:aws-s3:read-only:";
constexpr std::size_t kMostNamed = 5;

// The rest is for making tasks, and stays with whoever makes them.
bool is_for_tasks(const std::string& scope) {
    constexpr std::array<std::string_view, 3> kOfTheAuthor{"queue:create-task:", "queue:scheduler-id:", "queue:route:"};
    return std::none_of(kOfTheAuthor.begin(), kOfTheAuthor.end(),
                        [&](std::string_view prefix) { return scope.starts_with(prefix); });
}

std::vector<std::string> read_prefixes(const ChosenSettings& settings, const NeededFor& what) {
    std::vector<std::string> places = what.inputs;
    if (places.empty()) places.push_back(settings.text("input_root"));
    if (places.front().empty()) places.front() = settings.text("index");
    std::vector<std::string> prefixes;
    for (const std::string& place : places) {
        if (std::string prefix = read_prefix_of(place); !prefix.empty()) prefixes.push_back(std::move(prefix));
    }
    return prefixes;
}

Plan plan_without_input(const ChosenSettings& settings, const NeededFor& what) {
    Plan plan;
    plan.tasks = planned_tasks(settings);
    plan.notice = planned_notice(settings, what.owner);
    plan.job.reducers = what.reducers;
    plan.job.map_only = what.map_only;
    if (what.public_result) plan.tasks.artifacts = "public/af";
    if (what.merges) plan.tasks.merge_fan_in = 2;
    return plan;
}

}  // namespace

NeededScopes needed_scopes(const ChosenSettings& settings, const NeededFor& what) {
    Plan plan = plan_without_input(settings, what);
    NeededScopes needed;
    std::vector<std::string> prefixes{""};
    if (plan.tasks.keys == TaskKeys::auth) {
        prefixes = read_prefixes(settings, what);
        if (prefixes.empty()) {
            needed.note =
                fmt::format("the scope {}<bucket>/<prefix> depends on the input: name it, or set input_root", kReads);
            prefixes.emplace_back();
        }
    }
    std::set<std::string> all;
    for (const std::string& prefix : prefixes) {
        plan.tasks.read_prefix = prefix;
        for (std::string& scope : scopes_to_submit(plan)) all.insert(std::move(scope));
    }
    all.erase(std::string(kReads));  // of an input that is not known
    needed.all.assign(all.begin(), all.end());
    std::copy_if(all.begin(), all.end(), std::back_inserter(needed.of_tasks), is_for_tasks);
    return needed;
}

Error scopes_are_missing(std::span<const std::string> missing, std::string_view who) {
    std::string text = fmt::format("{} lacks {}: ", who, plural(missing.size(), "scope"));
    for (std::size_t at = 0; at < missing.size() && at < kMostNamed; ++at) text += (at == 0 ? "" : ", ") + missing[at];
    if (missing.size() > kMostNamed) text += fmt::format(" and {} more", missing.size() - kMostNamed);
    return Error(ErrorKind::refused, text)
        .about(who)
        .hint("ask whoever runs your Taskcluster to grant them to you; af scopes lists them all");
}

}  // namespace af
