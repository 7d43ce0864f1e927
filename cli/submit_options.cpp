#include "cli/submit_options.hpp"

#include <CLI/App.hpp>

namespace af {
namespace {

void add_job_options(CLI::App& command, SubmitOptions& options) {
    command
        .add_option("-j,--job", options.job,
                    "analysis-tools.yml, or its folder, that is sent along (else the image has the job)")
        ->type_name("PATH")
        ->group("Job");
    command.add_option("--reducers", options.reducers, "partitions of the result (what the job says, else 1)")
        ->check(CLI::Range(1u, 1024u))
        ->group("Job");
    command.add_flag("--map-only", options.map_only, "the job in the image has no reduce")->group("Job");
    command.add_option("-e,--env", options.environment, "a variable of the tasks")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)  // what follows are words
        ->group("Job");
    command.add_option("--allow-missing", options.allow_missing, "objects that may be missing, in each task (0)")
        ->group("Job");
    command
        .add_option("--merge-fan-in", options.merge_fan_in,
                    "put tasks that each join the output of N mappers before the reducers")
        ->type_name("N")
        ->check(CLI::Range(2u, 10'000u))
        ->group("Job");
    command.add_flag("--reduce-what-succeeded", options.reduce_what_succeeded,
                     "run the reducers also when mappers have failed for good; they then fail with the list")
        ->group("Job");
    command.add_flag("--public", options.is_public, "let everybody read the results")->group("Job");
}

}  // namespace

void add_plan_options(CLI::App& command, SubmitOptions& options) {
    command.add_option("WORDS", options.words, "Filter.json IMAGE ['{\"OWNER\": \"me@example.org\"}']");
    command.add_flag("--everything", options.everything, "all objects of the index; no Filter.json is named");
    add_store_options(command, options.input);
    add_job_options(command, options);
    add_setting_options(command, options.settings,
                        {"index", "load_size", "load_files", "task_queue", "scheduler_id", "project_id", "priority",
                         "deadline", "expires", "max_run_time", "retries", "credentials", "key", "key_secret", "owner",
                         "slack_channel", "matrix_room", "index_namespace", "monitor_url"});
}

void add_console_options(CLI::App& command, SubmitOptions& options) {
    command.add_flag("--json", options.json, "for programs: JSON on stdout, events on stderr");
    command.add_flag("-q,--quiet", options.quiet, "say nothing unless something is wrong");
    command.add_flag("-v,--verbose", options.verbose, "tell every step");
    command.add_flag("--no-color", options.no_colour, "no colours");
}

}  // namespace af
