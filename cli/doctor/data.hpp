// Checks of where input comes from: the bucket, the index, and the tokens of AWS that tasks read with.
//
// Each builds its own Session, since what is wrong with AWS settings is what it is looking for.
#pragma once

#include "cli/doctor/finding.hpp"
#include "cli/setting_options.hpp"

namespace af {

// One list request for input_root, else for an index in S3, with the keys of the AWS chain.
Finding check_bucket(const Environment& environment, const ChosenSettings& settings);

// A filter that nothing matches, or whether the file is there.
Finding check_index(const Environment& environment, const ChosenSettings& settings);

// The shortest token there is, for one prefix. Skipped unless credentials are sealed.
Finding check_token(const Environment& environment, const ChosenSettings& settings);

}  // namespace af
