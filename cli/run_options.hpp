// What `af run` was asked to do.
#pragma once

#include "cli/input_options.hpp"
#include "stages/flow/widths.hpp"

#include <cstdint>
#include <string>

namespace af {

struct RunOptions {
    InputOptions input;
    std::string job = ".";  // analysis-tools.yml, or its folder
    std::string output = "-";
    std::string manifest;     // empty: OUTPUT.manifest.json, none for stdout
    std::string trace;        // empty: none
    std::string bad_records;  // empty: OUTPUT.bad.jsonl, none for stdout
    bool map_only = false;
    bool explain = false;
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    bool no_colour = false;
    bool no_lazy = false;
    unsigned reducers = 0;  // 0: what the job says
    unsigned cpu_threads = 0;
    std::string max_bad;  // empty: what the job says
    std::string on_bad;
    std::uint64_t max_line = 0;  // bytes; 0: what the job says
    std::uint64_t allow_missing = 0;
    std::string widths_file;  // empty: af-tuning.yml beside the job, when it is there
    bool no_tuning = false;
    WidthOptions widths;
};

// Runs it: exit status 0, or 3 when objects that were allowed to be missing are. Throws Error.
int run_job(const RunOptions& options);

}  // namespace af
