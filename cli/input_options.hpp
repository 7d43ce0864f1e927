// The options every subcommand that reads input shares: where it is, which of it, and as whom.
#pragma once

#include "stages/flow/session.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}

namespace af {

struct InputOptions {
    std::vector<std::string> inputs;
    std::string filter;      // path of Filter.json; empty: everything
    std::string input_root;  // what the names of an index or a manifest are below; empty: they are whole names
    StoreOptions store;
};

// The option of the inputs themselves, e.g. to require them.
CLI::Option* add_input_options(CLI::App& command, InputOptions& options);

// Those of where objects lie, without the inputs themselves.
void add_store_options(CLI::App& command, InputOptions& options);

void add_filter_option(CLI::App& command, InputOptions& options);

}  // namespace af
