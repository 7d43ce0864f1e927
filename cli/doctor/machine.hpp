// Checks of this machine: its settings files, where state and temporary files go.
#pragma once

#include "cli/doctor/finding.hpp"
#include "cli/setting_options.hpp"

#include <filesystem>

namespace af {

// Which files were read. `settings` is left empty when one of them cannot be used.
Finding check_settings(const Environment& environment, const std::filesystem::path& folder, Settings& settings);

// Whether the history of jobs can be written.
Finding check_state_folder(const Environment& environment);

// Whether temporary files have room: less than 1 GB is a warning, less than 10 MB is wrong.
Finding check_disk(const Environment& environment);

// The same of a free amount; pure.
Finding room_finding(const std::string& folder, std::uint64_t free_bytes);

}  // namespace af
