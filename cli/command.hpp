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

void add_run(CLI::App& app, Action& chosen);
void add_index(CLI::App& app, Action& chosen);
void add_filter(CLI::App& app, Action& chosen);
void add_monitor(CLI::App& app, Action& chosen);

}  // namespace af
