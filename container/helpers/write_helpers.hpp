// Puts the feeders that the program carries into a folder, where Python and Node find them.
#pragma once

#include <filesystem>

namespace af {

// Makes `folder`, which must not exist. Throws Error like File.
void write_helpers(const std::filesystem::path& folder);

}  // namespace af
