// The manifest of a task and what its log says of it.
#pragma once

#include "container/environment.hpp"
#include "container/output_folder.hpp"
#include "stages/flow/control.hpp"
#include "stages/flow/widths.hpp"
#include "stages/coverage.hpp"

#include <chrono>
#include <optional>

namespace af {

class TaskReport {
public:
    TaskReport(const TaskSettings& settings, std::string role, unsigned processors);

    ManifestFacts facts{};  // filled as the job goes on
    std::optional<SettledWidths> widths{};  // of a map task

    std::string manifest() const;
    // Coverage, counters, and what bounded the run.
    void tell() const;

private:
    double seconds() const;

    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    unsigned processors_;
};

// Files first, manifest last (output_folder.hpp). Throws Error.
void commit(OutputFolder& output, TaskReport& report, const Control& control);

// For a task that failed: takes back what was committed and leaves the manifest of a failure, if that can be written.
void account_for_failure(OutputFolder& output, TaskReport& report, const Error& why) noexcept;

}  // namespace af
