#include "stages/filter/layout.hpp"

namespace af {

std::optional<Dimensions> dimensions_of(std::string_view name) {
    Dimensions out;
    for (std::size_t level = 0; level < kDirectoryLevels; ++level) {
        const std::size_t slash = name.find('/');
        if (slash == name.npos) return std::nullopt;
        out[level] = name.substr(0, slash);
        name.remove_prefix(slash + 1);
    }
    const std::size_t dot = name.find('.');
    if (dot == name.npos || name.find('/') != name.npos) return std::nullopt;
    out[kDirectoryLevels] = name.substr(0, dot);
    name.remove_prefix(dot + 1);
    out[kDirectoryLevels + 1] = name.substr(0, name.find('.'));
    return out;
}

std::optional<std::string_view> relative_to(std::string_view root, std::string_view name) {
    if (!name.starts_with(root)) return std::nullopt;
    return name.substr(root.size());
}

std::string_view layout_tail(std::string_view name) {
    std::size_t begin = name.size();
    for (std::size_t part = 0; part <= kDirectoryLevels; ++part) {
        if (begin == 0) return name;
        begin = name.rfind('/', begin - 1);
        if (begin == name.npos) return name;
    }
    return name.substr(begin + 1);
}

}  // namespace af
