// Runs a program as a user would, and says how long it took.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace af::bench {

// Its standard input is the file, its standard output goes to `output`, its messages where ours go. Returns seconds
// from start to exit. Throws Error{child_exit} when it ends with anything but 0, Error{os} when it cannot be started.
double timed_run(const std::vector<std::string>& command, const std::filesystem::path& input,
                 const std::filesystem::path& output = "/dev/null");

}  // namespace af::bench
