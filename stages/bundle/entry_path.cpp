#include "stages/bundle/entry_path.hpp"

#include <algorithm>
#include <climits>
#include <system_error>

namespace af {

std::optional<std::string> entry_path(std::string_view name) {
    if (name.starts_with('/') || name.size() >= PATH_MAX) return std::nullopt;
    std::string path;
    while (!name.empty()) {
        const std::size_t slash = std::min(name.find('/'), name.size());
        const std::string_view part = name.substr(0, slash);
        name.remove_prefix(std::min(slash + 1, name.size()));
        if (part == "..") return std::nullopt;
        if (part.empty() || part == ".") continue;
        if (!path.empty()) path += '/';
        path += part;
    }
    return path;
}

bool leads_inside(const std::filesystem::path& root, const std::filesystem::path& link) {
    std::error_code error;
    const std::filesystem::path base = std::filesystem::canonical(root, error);
    if (error) return false;
    const std::filesystem::path target = std::filesystem::canonical(link, error);
    if (error) return false;
    return std::mismatch(base.begin(), base.end(), target.begin(), target.end()).first == base.end();
}

}  // namespace af
