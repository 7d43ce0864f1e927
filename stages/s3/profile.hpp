// The shared files of the AWS tools: ~/.aws/credentials and ~/.aws/config.
//
// Source   AWS SDKs and Tools reference, "Shared config and credentials files".
#pragma once

#include "engine/error.hpp"
#include "stages/environment.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace af {

using IniSection = std::map<std::string, std::string>;  // names in lower case

// Sections by name. Nested settings (indented lines below an empty value) are left out; so is what is no
// "name = value".
std::map<std::string, IniSection> parse_ini(std::string_view text);

struct AwsProfile {
    std::string name;
    bool chosen = false;  // named by an option or AWS_PROFILE, rather than "default" because nothing was
    bool found = false;   // either file has it
    IniSection settings;    // the credentials file wins over the config file
};

// `option` > AWS_PROFILE > AWS_DEFAULT_PROFILE > "default". Reads AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE, or
// those below HOME; a file that does not exist is empty. Error(config): unreadable, above 1 MiB, or a chosen profile
// that is missing.
Result<AwsProfile> read_profile(const Environment& environment, const std::string& option = "");

// AWS_REGION > AWS_DEFAULT_REGION > the profile's > us-east-1.
std::string aws_region(const Environment& environment, const AwsProfile& profile);

// A whole file, at most `max_bytes`; nullopt when there is none. Throws Error otherwise.
std::optional<std::string> read_small_file(const std::string& path, std::size_t max_bytes);

}  // namespace af
