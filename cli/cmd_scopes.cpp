// cli/cmd_scopes.cpp - "af scopes": what a submission needs, what its author has, what is missing.
#include "cli/cluster.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/scopes_needed.hpp"
#include "cli/submit_words.hpp"
#include "engine/file.hpp"
#include "stages/taskcluster/scopes.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kHelp =
    "Lists the scopes that af submit needs with these settings: ok or missing, one a line; then `task`: those of them\n"
    "that tasks carry; `have`: all that your credentials have.\n"
    "\n"
    "examples:\n"
    "  af scopes s3://telemetry/saved_session/\n"
    "  af scopes s3://telemetry/saved_session/ '{\"OWNER\": \"me@example.org\"}'\n"
    "  af scopes --credentials sealed --json\n"
    "exit status: 0 nothing is missing | 2 usage | 6 scopes are missing, or Taskcluster refused | 11 network";

struct ScopesOptions {
    NeededFor what;
    std::vector<std::string> words;        // INPUT... ['{"OWNER": "me@example.org"}']
    std::vector<std::string> environment;  // NAME=VALUE
    SettingOptions settings;
    bool json = false;
};

struct Answer {
    NeededScopes needed;
    std::vector<std::string> have;
    std::vector<std::string> missing;
};

std::string as_text(const Answer& answer) {
    std::string text;
    for (const std::string& scope : answer.needed.all) {
        const bool lacks = std::find(answer.missing.begin(), answer.missing.end(), scope) != answer.missing.end();
        text += fmt::format("{}\t{}\n", lacks ? "missing" : "ok", printable(scope));
    }
    for (const std::string& scope : answer.needed.of_tasks) text += fmt::format("task\t{}\n", printable(scope));
    for (const std::string& scope : answer.have) text += fmt::format("have\t{}\n", printable(scope));
    return text;
}

std::string as_json(const Answer& answer, const std::string& who) {
    const nlohmann::ordered_json row{{"client", who},
                                     {"needed", answer.needed.all},
                                     {"tasks", answer.needed.of_tasks},
                                     {"have", answer.have},
                                     {"missing", answer.missing}};
    return row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int scopes(ScopesOptions options) {
    Console console(console_options(Verbosity::normal, options.json, false));
    const ChosenSettings settings(Settings::load(process_environment, std::filesystem::current_path()),
                                  options.settings);
    options.what.owner = take_owner(options.words, options.environment);
    options.what.inputs = std::move(options.words);
    Answer answer;
    answer.needed = needed_scopes(settings, options.what);
    if (!answer.needed.note.empty()) console.warn(answer.needed.note);
    Cluster cluster(process_environment);
    answer.have = cluster.wait(ClusterStep::taskcluster, current_scopes(cluster.client(), cluster.token()));
    answer.missing = scopes_not_in(answer.have, answer.needed.all);

    const auto& credentials = cluster.client().access().credentials;
    const std::string who = credentials ? credentials->client_id : "nobody";
    write_stdout(options.json ? as_json(answer, who) : as_text(answer));
    if (answer.missing.empty()) return 0;
    throw Failed(kExitTaskcluster, scopes_are_missing(answer.missing, who));
}

}  // namespace

void add_scopes(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<ScopesOptions>();
    CLI::App* command = app.add_subcommand("scopes", kHelp);
    command->add_option("INPUT", options->words,
                        "what is going to be read (input_root, else index); and '{\"OWNER\": \"me@example.org\"}'");
    command->add_option("-e,--env", options->environment, "a variable of the tasks: OWNER counts, as for af submit")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);  // what follows is the input
    command->add_flag("--public", options->what.public_result, "results that everybody may read");
    command->add_flag("--merge", options->what.merges, "with tasks that merge parts for the reducer");
    command->add_flag("--map-only", options->what.map_only, "without a reduce");
    command->add_option("--reducers", options->what.reducers, "of the job (1)")->check(CLI::Range(1u, 1024u));
    command->add_flag("--json", options->json, "for programs");
    add_setting_options(*command, options->settings,
                        {"task_queue", "priority", "scheduler_id", "project_id", "credentials", "key_secret", "owner",
                         "slack_channel", "matrix_room", "index_namespace"});
    command->callback([&chosen, options] { chosen = [options] { return scopes(*options); }; });
}

}  // namespace af
