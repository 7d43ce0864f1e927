// What `af submit` and `af plan` are asked to do.
#pragma once

#include "cli/input_options.hpp"
#include "cli/setting_options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace af {

struct SubmitOptions {
    std::vector<std::string> words;  // Filter.json IMAGE ['{"NAME": "value"}'], as in 2014
    InputOptions input;              // its `inputs` are the setting `index`
    SettingOptions settings;
    bool everything = false;  // no filter: IMAGE ['{...}']
    std::string job;          // folder or analysis-tools.yml; empty: the job is in the image
    unsigned reducers = 0;    // 0: what the job says
    bool map_only = false;
    std::vector<std::string> environment;  // NAME=VALUE
    unsigned merge_fan_in = 0;
    bool reduce_what_succeeded = false;
    bool is_public = false;
    std::uint64_t allow_missing = 0;

    std::string plan;    // submit a plan file
    std::string resume;  // go on with this group
    bool dry_run = false;
    bool watch = false;
    std::string output;  // of af plan
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    bool no_colour = false;
};

// What makes a plan.
void add_plan_options(CLI::App& command, SubmitOptions& options);
// How it is told.
void add_console_options(CLI::App& command, SubmitOptions& options);

}  // namespace af
