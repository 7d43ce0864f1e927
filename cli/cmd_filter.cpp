// cli/cmd_filter.cpp - "af filter explain": what a filter lets through, level by level.
#include "cli/command.hpp"
#include "cli/inputs.hpp"
#include "engine/file.hpp"
#include "stages/filter/explain.hpp"

#include <CLI/App.hpp>
#include <memory>

namespace af {
namespace {

constexpr const char* kHelp =
    "Says, level by level, what a filter allows, and warns of what is rarely meant. With an input, also how many "
    "values and\n"
    "objects match there, and values close to the wanted ones where a level matches nothing.\n"
    "\n"
    "example: af filter explain Filter.json s3://telemetry/\n"
    "exit status: 0 explained | 2 the filter cannot be used | 66 missing | 69 refused | 75 network";

struct ExplainOptions {
    InputOptions input;
};

Explanation explained(const ExplainOptions& options, const Filter& filter, Console& console) {
    if (options.input.inputs.empty()) return explain(filter, FilterTally());
    Control control;
    Session session(options.input.store, process_environment, control, 1);
    return explain(filter, find_inputs(options.input, filter, session, control, console, true).tally);
}

int run_explain(const ExplainOptions& options) {
    Console console(console_options(Verbosity::normal, false, false));
    const Filter filter = read_filter(options.input.filter);  // its warnings are part of what is explained
    write_stdout(to_text(explained(options, filter, console)));
    return 0;
}

}  // namespace

void add_filter(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<ExplainOptions>();
    CLI::App* filter = app.add_subcommand("filter", "Explains what a filter lets through.");
    filter->require_subcommand(1);
    CLI::App* explain_command = filter->add_subcommand("explain", kHelp);
    explain_command->add_option("FILTER", options->input.filter, "Filter.json")->required();
    add_input_options(*explain_command, options->input);
    explain_command->callback([&chosen, options] { chosen = [options] { return run_explain(*options); }; });
}

}  // namespace af
