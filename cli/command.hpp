// How a subcommand hooks into the program: it adds itself to the argument parser and says what to run when it was
// chosen. Nothing registers itself: main.cpp lists them.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace af {

// Runs the chosen subcommand; yields the exit status, or throws Error.
using Action = std::function<int()>;

void add_cancel(CLI::App& app, Action& chosen);
void add_completion(CLI::App& app, Action& chosen);
void add_config(CLI::App& app, Action& chosen);
void add_doctor(CLI::App& app, Action& chosen);
void add_filter(CLI::App& app, Action& chosen);
void add_index(CLI::App& app, Action& chosen);
void add_jobs(CLI::App& app, Action& chosen);
void add_keygen(CLI::App& app, Action& chosen);
void add_logs(CLI::App& app, Action& chosen);
void add_monitor(CLI::App& app, Action& chosen);
void add_plan(CLI::App& app, Action& chosen);
void add_rerun(CLI::App& app, Action& chosen);
void add_result(CLI::App& app, Action& chosen);
void add_run(CLI::App& app, Action& chosen);
void add_scopes(CLI::App& app, Action& chosen);
void add_submit(CLI::App& app, Action& chosen);
void add_watch(CLI::App& app, Action& chosen);

}  // namespace af
