// The check of the key that credentials are sealed with: the public file here, the private one among the secrets.
#pragma once

#include "cli/cluster.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/setting_options.hpp"

namespace af {

// `cluster` nullptr: the secret is not looked at. Skipped unless credentials are sealed or a key is set.
Finding check_key(Cluster* cluster, const ChosenSettings& settings);

}  // namespace af
