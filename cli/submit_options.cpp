#include "cli/submit_options.hpp"

#include "cli/setting_names.hpp"

#include <CLI/App.hpp>

namespace af {
namespace {

// An option that a setting stands in for when it is not given.
CLI::Option* add_setting(CLI::App& command, const char* flag, std::string& value, std::string_view setting) {
    const SettingName& name = setting_name_of(setting);
    std::string about(name.about);
    if (!name.built_in.empty()) about += " (" + std::string(name.built_in) + ")";
    return command.add_option(flag, value, about);
}

void add_job_options(CLI::App& command, SubmitOptions& options) {
    command.add_option("-j,--job", options.job, "analysis-tools.yml, or its folder, that is sent along (else the image has the job)")
        ->type_name("PATH")
        ->group("Job");
    command.add_option("--reducers", options.reducers, "partitions of the result (what the job says, else 1)")
        ->check(CLI::Range(1u, 1024u))
        ->group("Job");
    command.add_flag("--map-only", options.map_only, "the job in the image has no reduce")->group("Job");
    command.add_option("-e,--env", options.environment, "a variable of the tasks")->type_name("NAME=VALUE")->group("Job");
    command.add_option("--allow-missing", options.allow_missing, "objects that may be missing, in each task (0)")
        ->group("Job");
    command.add_option("--merge-fan-in", options.merge_fan_in, "put tasks that each join the output of N mappers before the reducers")
        ->type_name("N")
        ->check(CLI::Range(2u, 10'000u))
        ->group("Job");
    command.add_flag("--reduce-what-succeeded", options.reduce_what_succeeded,
                     "run the reducers also when mappers have failed for good; they then fail with the list")
        ->group("Job");
    command.add_flag("--public", options.is_public, "let everybody read the results")->group("Job");
}

void add_task_options(CLI::App& command, SubmitOptions& options) {
    const auto add = [&](const char* flag, std::string& value, std::string_view setting) {
        return add_setting(command, flag, value, setting)->group("Tasks");
    };
    add("--load-size", options.load_size, "load_size")->type_name("SIZE");
    add("--load-files", options.load_files, "load_files")->type_name("N");
    add("--task-queue", options.task_queue, "task_queue")->type_name("QUEUE");
    add("--scheduler-id", options.scheduler_id, "scheduler_id");
    add("--project-id", options.project_id, "project_id");
    add("--priority", options.priority, "priority");
    add("--deadline", options.deadline, "deadline")->type_name("TIME");
    add("--expires", options.expires, "expires")->type_name("TIME");
    add("--max-run-time", options.max_run_time, "max_run_time")->type_name("TIME");
    add("--retries", options.retries, "retries")->type_name("N");
    add("--credentials", options.credentials, "credentials");
    add("--key", options.key, "key")->type_name("FILE");
    add("--key-secret", options.key_secret, "key_secret")->type_name("NAME");
    add("--owner", options.owner, "owner")->type_name("ADDRESS");
    add("--slack-channel", options.slack_channel, "slack_channel")->type_name("ID");
    add("--matrix-room", options.matrix_room, "matrix_room")->type_name("ID");
    add("--index-namespace", options.index_namespace, "index_namespace")->type_name("NAME");
}

}  // namespace

void add_plan_options(CLI::App& command, SubmitOptions& options) {
    command.add_option("WORDS", options.words, "Filter.json IMAGE ['{\"OWNER\": \"me@example.org\"}']");
    command.add_flag("--everything", options.everything, "all objects of the index; no Filter.json is named");
    add_setting(command, "--index", options.index, "index")->type_name("PLACE");
    add_store_options(command, options.input);
    add_job_options(command, options);
    add_task_options(command, options);
}

void add_console_options(CLI::App& command, SubmitOptions& options) {
    command.add_flag("--json", options.json, "one JSON object on stdout, events for programs on stderr");
    command.add_flag("-q,--quiet", options.quiet, "say nothing unless something is wrong");
    command.add_flag("-v,--verbose", options.verbose, "tell every step");
    command.add_flag("--no-color", options.no_colour, "no colours");
}

}  // namespace af
