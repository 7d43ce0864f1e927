// af: run map/reduce jobs over compressed telemetry.
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/failure.hpp"
#include "cli/help_format.hpp"
#include "cli/submit_words.hpp"
#include "container/native/native_feeder.hpp"
#include "engine/error.hpp"
#include "engine/own_process.hpp"
#include "stages/near.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr const char* kAbout =
    "Runs map/reduce jobs over compressed telemetry in S3 or on disk, on this machine or on Taskcluster.\n"
    "\n"
    "examples:\n"
    "  af run --job container/examples/os-count s3://telemetry/saved_session/ -o result.txt\n"
    "  af submit Filter.json registry.example/analysis '{\"OWNER\": \"me@example.org\"}'\n"
    "  af run --help";

constexpr const char* kHere = "On this machine";
constexpr const char* kCluster = "On a cluster";
constexpr const char* kDesk = "To set up";

struct Subcommand {
    const char* name;
    void (*add)(CLI::App&, af::Action&);
    const char* group;
};
constexpr Subcommand kSubcommands[] = {
    {"run", af::add_run, kHere},         {"index", af::add_index, kHere},   {"filter", af::add_filter, kHere},
    {"submit", af::add_submit, kCluster}, {"plan", af::add_plan, kCluster},  {"watch", af::add_watch, kCluster},
    {"monitor", af::add_monitor, kCluster}, {"result", af::add_result, kCluster}, {"logs", af::add_logs, kCluster},
    {"rerun", af::add_rerun, kCluster},  {"cancel", af::add_cancel, kCluster}, {"jobs", af::add_jobs, kCluster},
    {"doctor", af::add_doctor, kDesk},   {"config", af::add_config, kDesk}, {"keygen", af::add_keygen, kDesk},
    {"scopes", af::add_scopes, kDesk},   {"completion", af::add_completion, kDesk},
};

int report(const af::Error& error, bool json) {
    const auto* failed = dynamic_cast<const af::Failed*>(&error);
    const int status = failed ? failed->status() : af::cli_exit_status(error.kind());
    af::Console console(af::console_options(af::Verbosity::normal, json, false));
    if (json) {
        nlohmann::ordered_json event{
            {"type", "exit_error"}, {"code", status},          {"name", af::error_name(error.kind())},
            {"what", error.item()}, {"message", error.what()}, {"hint", error.advice()}};
        console.event(event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        console.error(af::error_line("af", error, status));
    }
    return status;
}

// The parser calls an unknown subcommand a missing one.
std::string explained(const char* message, const CLI::App& app, int argc, char** argv) {
    if (argc < 2 || argv[1][0] == '-') return message;
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    if (std::find(names.begin(), names.end(), argv[1]) != names.end()) return message;
    return "no subcommand \"" + std::string(argv[1]) + "\"" + af::did_you_mean(argv[1], names);
}

}  // namespace

int main(int argc, char** argv) {
    if (const auto status = af::run_native_feeder(argc, argv)) return *status;
    af::keep_freed_memory();
    af::raise_open_files();
    CLI::App app{kAbout, "af"};
    app.set_version_flag("--version", "af " AF_VERSION);
    app.require_subcommand(1);
    app.formatter(std::make_shared<af::HelpFormat>());
    const bool json =
        std::any_of(argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
    af::Action chosen;
    for (const Subcommand& command : kSubcommands) {
        command.add(app, chosen);
        app.get_subcommand(command.name)->group(command.group);
    }
    std::vector<std::string> words(argv + 1, argv + argc);
    if (af::is_call_of_2014(words)) words.insert(words.begin(), "submit");
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // it wants them backwards
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        return report(af::Error(af::ErrorKind::usage, explained(error.what(), app, argc, argv))
                          .hint("see af --help, or --help of the subcommand"),
                      json);
    }
    try {
        return chosen();
    } catch (const af::Error& error) {
        return report(error, json);
    } catch (const std::bad_alloc&) {
        return report(af::Error(af::ErrorKind::os, "out of memory"), json);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "af: ERROR UNKNOWN exit=1 last=\"%s\" hint=\"this is a bug\"\n",
                     af::escaped(error.what()).c_str());
        return 1;
    }
}
