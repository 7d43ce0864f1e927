// The options every subcommand that reads input shares: where it is, which of it, and as whom.
#pragma once

#include "stages/flow/session.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace af {

struct InputOptions {
    std::vector<std::string> inputs;
    std::string filter;  // path of Filter.json; empty: everything
    StoreOptions store;
};

void add_input_options(CLI::App& command, InputOptions& options, bool inputs_required);

}  // namespace af
