// The environment of the user's code: an allow-list, so that no credential of ours reaches it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// PATH, HOME, LANG, LC_*, TZ, TMPDIR, PYTHON*, NODE_PATH, AF_JSON and AF_LAZY of `ours` ("NAME=value"), and what keeps
// glibc's malloc from giving back and faulting in the same pages again and again.
std::vector<std::string> child_environment(std::span<const std::string> ours);

// The variables of this process, as child_environment() takes them.
std::vector<std::string> own_environment();

// Sets `name`, in place of what it was. A NUL in `value` ends it.
void set_variable(std::vector<std::string>& environment, std::string_view name, std::string_view value);

// Which object a process works on, as Hadoop Streaming tells it: AF_OBJECT and mapreduce_map_input_file.
void set_object(std::vector<std::string>& environment, std::string_view object_name);

}  // namespace af
