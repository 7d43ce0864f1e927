// The tasks whose parts a reducer reads: found, checked against each other and against the job, their parts fetched.
//
// Errors   not_found: a task without a completed run, a manifest or a part; all of them are listed in the manifest of
//          this task. config: a task ran another job than this one. corrupt: a manifest or a part that is damaged, an
//          object that two tasks have read. bug: counts that do not add up. Else those of the services.
// Threads  the one that runs the job.
#pragma once

#include "container/task_report.hpp"
#include "container/task_services.hpp"
#include "stages/flow/part_flow.hpp"
#include "stages/job/job.hpp"
#include "stages/parts/merged_parts.hpp"
#include "stages/parts/ordered_lines.hpp"
#include "stages/parts/part_runs.hpp"

#include <memory>
#include <string>
#include <vector>

namespace af {

class MapperParts {
public:
    // Finds and checks the tasks. `report` gets what they have read, and what is missing.
    MapperParts(TaskServices& on, const TaskSettings& settings, const Job& job, const Services& services,
                TaskReport& report);

    const MergedParts& merged() const noexcept { return merged_; }
    // How many pairs the tasks say they have made for it.
    std::uint64_t pairs_of(unsigned partition) const;

    // Fetch all parts of one partition; of a map-only job, the lines of all of it.
    std::unique_ptr<PartRuns> runs(unsigned partition);
    std::unique_ptr<OrderedLines> lines();

private:
    void check(const Job& job) const;
    void judge(const Job& job) const;
    void take(unsigned partition, PartTarget& target);
    [[noreturn]] void refuse(std::vector<MissingInput> missing);

    TaskServices& on_;
    const TaskSettings& settings_;
    const Services& services_;
    TaskReport& report_;
    std::vector<InputRun> tasks_;
    std::vector<PartManifest> manifests_;
    MergedParts merged_;
};

}  // namespace af
