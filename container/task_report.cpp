#include "container/task_report.hpp"

#include "container/task_log.hpp"
#include "stages/flow/bottleneck.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <algorithm>

namespace af {
namespace {

double cpu_seconds(int who) {
    rusage usage{};
    ::getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

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
    load.own_cpu_seconds = cpu_seconds(RUSAGE_SELF);
    load.children_cpu_seconds = cpu_seconds(RUSAGE_CHILDREN);
    say(fmt::format("{} in {}; {}", size_text(facts.totals.bytes_inflated), duration_text(load.seconds),
                    bottleneck_text(load)));
}

void commit(OutputFolder& output, TaskReport& report, const Control& control) {
    control.throw_if_stopped();
    output.commit();
    output.verify(report.facts.outputs);
    control.throw_if_stopped();
    output.commit_manifest(report.manifest());
}

void account_for_failure(OutputFolder& output, TaskReport& report, const Error& why) noexcept {
    try {
        output.clear();
        report.facts.failed = why;
        report.facts.outputs.clear();
        output.commit_manifest(report.manifest());
        report.tell();
    } catch (const std::exception& error) {
        warn(fmt::format("the account of this task is incomplete: {}", error.what()));
    }
}

}  // namespace af
