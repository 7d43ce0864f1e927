// The check of the image: its name, and whether the registry has it.
#pragma once

#include "cli/doctor/finding.hpp"
#include "stages/environment.hpp"

#include <string>

namespace af {

// `image` "" when none is set. Registries other than Docker Hub are asked for the manifest, over http on a loopback
// address and https elsewhere; one that wants a login or cannot be reached from here is no fault of the image.
Finding check_image(const Environment& environment, const std::string& image);

}  // namespace af
