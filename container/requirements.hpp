// The Python packages that the code of a bundle needs, installed for this task alone.
//
// Errors   config when pip is not in the image or refuses, with its last words; those of engine/process.hpp.
// Source   pip install --target, --requirement.
#pragma once

#include "stages/flow/services.hpp"

#include <filesystem>

namespace af {

// When `folder` holds a requirements.txt: installs what it names below services.scratch, as the user's code would do it
// and from its folder, and puts that on the PYTHONPATH of the user's code.
void install_requirements(const std::filesystem::path& folder, Services& services);

}  // namespace af
