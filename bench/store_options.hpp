// Where S3 is and as whom it is read: the options of every subcommand that reads input, named as those of af.
#pragma once

#include "stages/flow/session.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace af::bench {

void add_store_options(CLI::App& command, StoreOptions& options);

// The same for a child that is an `af`.
std::vector<std::string> words_of(const StoreOptions& options);

}  // namespace af::bench
