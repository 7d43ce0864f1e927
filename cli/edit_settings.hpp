// Sets or takes out one name in a file of settings and leaves every other byte of it as it is, comments too.
//
// Errors   config: a file that is none, or is written in a way that cannot be edited line by line (edit it by hand);
//          those of AtomicFile. The file is whole at every moment: the old one or the new one.
// Threads  several programs may edit one file: one waits for the other.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace af {

// The text with that name set. `file` is for messages. Pure.
std::string with_setting(std::string_view text, std::string_view file, std::string_view name, std::string_view value);

// The text without that name; unchanged when it is not there. Pure.
std::string without_setting(std::string_view text, std::string_view file, std::string_view name);

// Makes file and folder (mode 0700) when they are not there. A symbolic link stays one; the mode of the file stays.
void write_setting(const std::filesystem::path& file, std::string_view name, std::string_view value);

// False: the name was not there, or the file.
bool remove_setting(const std::filesystem::path& file, std::string_view name);

}  // namespace af
