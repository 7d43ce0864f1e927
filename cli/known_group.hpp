// Which task group a command is about: its id, "latest", or nothing, which is the latest submission of the history.
#pragma once

#include "cli/console.hpp"
#include "cli/history.hpp"

#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace af {

struct GroupOptions {
    std::string group;
    bool json = false;
    bool quiet = false;
    bool no_colour = false;
};
// [GROUP], --json, --quiet and --no-color.
CLI::Option* add_group_options(CLI::App& command, GroupOptions& options);
Console console_of(const GroupOptions& options);

// Says on stderr which one was taken when it was not named. Throws Error(usage): no submission in the history, or what
// is no id; with the nearest id of the history as a hint.
std::string known_group(const std::string& named, Console& console);

// Keeps what became of a submission; that it cannot be kept is worth a warning only.
void remember_state(const std::string& group_id, std::string_view state, Console& console);

}  // namespace af
