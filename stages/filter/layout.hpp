// Where the six dimensions stand in the name of a telemetry object:
//   reason/appName/appUpdateChannel/appVersion/appBuildID.submission_date.v2.log.<hex>.lzma
// Four directories, then the first two parts of the file name. A value that holds a '/' adds a directory and shifts
// what comes behind it; the two readers of 2014 took such a name apart in different ways. Here it does not fit.
#pragma once

#include "stages/filter/filter.hpp"

#include <optional>
#include <string_view>

namespace af {

inline constexpr std::size_t kDirectoryLevels = 4;

// `name` relative to the root of the tree, without a leading '/'. nullopt: it has not four directories, or no dot in
// the file name. The views point into `name`.
std::optional<Dimensions> dimensions_of(std::string_view name);

// The part of `name` below `root` ("" or ending in '/'); nullopt when it does not lie below.
std::optional<std::string_view> relative_to(std::string_view root, std::string_view name);

// The last five parts of a path, which hold the dimensions whatever lies before; the whole when it has fewer.
std::string_view layout_tail(std::string_view name);

}  // namespace af
