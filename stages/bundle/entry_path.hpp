// Names inside a bundle.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace af {

// The name without "." and empty parts, e.g. "./a//b/" -> "a/b"; "" for the root itself. nullopt: absolute, with "..",
// or longer than a path may be.
std::optional<std::string> entry_path(std::string_view name);

// Whether what the link `link` leads to exists and lies below `root`, however many links are passed on the way.
bool leads_inside(const std::filesystem::path& root, const std::filesystem::path& link);

}  // namespace af
