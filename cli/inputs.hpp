// From the input options of a subcommand to the objects to read.
#pragma once

#include "cli/console.hpp"
#include "cli/input_options.hpp"
#include "stages/flow/session.hpp"
#include "stages/list_inputs.hpp"

#include <optional>
#include <string>

namespace af {

// Throws Error(usage) for a filter that cannot be used.
Filter read_filter(const std::string& path);

// The same, with its warnings on the console; nullopt: no path.
std::optional<Filter> load_filter(const std::string& path, Console& console);

// The objects to read; says on the console what was left out. Throws what interrupted the listing, and
// Error(nothing_matched) for an empty list that may not be empty.
InputList find_inputs(const InputOptions& options, std::optional<Filter> filter, Session& session, Control& control,
                      Console& console, bool may_be_empty = false);

}  // namespace af
