// What `af submit` and `af plan` are asked to do. What is empty comes from the settings (settings.hpp).
#pragma once

#include "cli/input_options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace af {

struct SubmitOptions {
    std::vector<std::string> words;  // Filter.json IMAGE ['{"NAME": "value"}'], as in 2014
    InputOptions input;              // its `inputs` is --index
    bool everything = false;         // no filter: IMAGE ['{...}']
    std::string index;
    std::string job;  // folder or analysis-tools.yml; empty: the job is in the image
    unsigned reducers = 0;
    bool map_only = false;
    std::string load_size, load_files;
    std::string owner, slack_channel, matrix_room, index_namespace;
    std::string task_queue, scheduler_id, project_id, priority;
    std::string deadline, expires, max_run_time, retries;
    std::string credentials, key, key_secret;
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
