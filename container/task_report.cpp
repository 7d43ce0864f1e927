#include "container/task_report.hpp"

#include "container/task_log.hpp"
#include "engine/own_process.hpp"
#include "stages/flow/bottleneck.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::size_t kLostShown = 20;

}  // namespace

TaskReport::TaskReport(const TaskSettings& settings, std::string role, unsigned processors) : processors_(processors) {
    facts.program = "af-task " AF_VERSION;
    facts.task = settings.task;
    facts.task->role = std::move(role);
}

double TaskReport::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

std::string TaskReport::manifest() const {
    ManifestFacts now = facts;
    now.seconds = seconds();
    return manifest_text(now);
}

void TaskReport::tell() const {
    std::size_t shown_lost = 0;
    for (const ObjectAccount& account : facts.objects) {
        if (!account.lost || ++shown_lost > kLostShown) continue;
        warn(fmt::format("lost: {}: {}", account.object->name, account.lost->what()));
    }
    if (shown_lost > kLostShown) warn(fmt::format("and {} more that the manifest lists", shown_lost - kLostShown));
    std::string coverage = coverage_text(facts.totals);
    if (coverage.ends_with('\n')) coverage.pop_back();
    say(coverage);
    for (const auto& [name, count] : facts.counters) {
        std::string shown = name;
        std::replace(shown.begin(), shown.end(), '\t', ':');
        say(fmt::format("counter {}: {}", shown, count));
    }
    if (facts.failed) return;
    LoadSample load;
    load.stages = facts.stages;
    load.seconds = seconds();
    load.processors = processors_;
    load.own_cpu_seconds = own_cpu_seconds();
    load.children_cpu_seconds = children_cpu_seconds();
    std::string bounded = bottleneck_text(load);
    if (widths) bounded += "; it settled at " + settled_text(*widths);
    say(fmt::format("{} in {}; {}", size_text(facts.totals.bytes_inflated), duration_text(load.seconds), bounded));
}

void commit(OutputFolder& output, TaskReport& report, const Control& control) {
    control.throw_if_stopped();
    report.facts.bad_records_file = output.commit();
    output.verify(report.facts.outputs);
    control.throw_if_stopped();
    output.commit_manifest(report.manifest());
}

void account_for_failure(OutputFolder& output, TaskReport& report, const Error& why) noexcept {
    try {
        output.clear();
        report.facts.failed = why;
        report.facts.outputs.clear();
        report.facts.bad_records_file.clear();
        output.commit_manifest(report.manifest());
        report.tell();
    } catch (const std::exception& error) {
        warn(fmt::format("the account of this task is incomplete: {}", error.what()));
    }
}

}  // namespace af
