// The words of `af submit Filter.json IMAGE '{"OWNER": "me@example.org"}'`, the call of 2014, and of `af scopes`. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace af {

struct SubmitWords {
    std::string filter;  // path; empty with --everything
    std::string image;
    std::string owner;                               // the variable OWNER
    std::map<std::string, std::string> environment;  // all others
};

// `image_setting` stands in for IMAGE. Throws Error(usage) that says which word is missing or wrong.
SubmitWords read_words(const std::vector<std::string>& words, bool everything, const std::string& image_setting);

// NAME=VALUE each; they go before those of the JSON object. Throws Error(usage).
void add_variables(const std::vector<std::string>& variables, SubmitWords& words);

// Takes the JSON object, where there is one, out of `words`. The owner that it or `variables` name, "" for none.
// Throws Error(usage).
std::string take_owner(std::vector<std::string>& words, const std::vector<std::string>& variables);

// Whether the arguments of `af` are that call without a subcommand: a first word that names a .json file or a path.
bool is_call_of_2014(const std::vector<std::string>& arguments);

}  // namespace af
