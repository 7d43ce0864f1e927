// The words of `af submit Filter.json IMAGE '{"OWNER": "me@example.org"}'`: the call of 2014. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace af {

struct SubmitWords {
    std::string filter;  // path; empty with --everything
    std::string image;
    std::string owner;                               // OWNER of the JSON object
    std::map<std::string, std::string> environment;  // the rest of it
};

// `image_setting` stands in for IMAGE. Throws Error(usage) that says which word is missing or wrong.
SubmitWords read_words(const std::vector<std::string>& words, bool everything, const std::string& image_setting);

// NAME=VALUE each. Throws Error(usage).
void add_variables(const std::vector<std::string>& variables, std::map<std::string, std::string>& environment);

// Whether the arguments of `af` are that call without a subcommand: a first word that names a .json file or a path.
bool is_call_of_2014(const std::vector<std::string>& arguments);

}  // namespace af
