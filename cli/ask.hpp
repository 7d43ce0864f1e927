// A question to the person at the terminal.
#pragma once

#include <string>

namespace af {

// True for "y" or "yes". Without a terminal to ask on: Error(usage) with `option`, which answers beforehand, as the
// hint.
bool ask(const std::string& question, const std::string& option);

}  // namespace af
