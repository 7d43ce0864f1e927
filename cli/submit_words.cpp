#include "cli/submit_words.hpp"

#include "engine/error.hpp"
#include "stages/filter/strict_json.hpp"

#include <fmt/format.h>
#include <deque>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kForm = "af submit Filter.json IMAGE ['{\"OWNER\": \"me@example.org\"}']";

bool is_object(const std::string& word) {
    const std::size_t first = word.find_first_not_of(" \t\n");
    return first != word.npos && word[first] == '{';
}

void read_variables(const std::string& text, SubmitWords& words) {
    nlohmann::json object;
    try {
        object = parse_strict_json(text, "the variables", {.max_bytes = 1 << 20, .max_depth = 4});
    } catch (const Error& error) {
        throw Error(ErrorKind::usage, error.what()).hint(kForm);
    }
    for (const auto& [name, value] : object.items()) {
        if (!value.is_string())
            throw Error(ErrorKind::usage, fmt::format("the variable {} must be text, in quotes", escaped(name)));
        if (name == "OWNER") {
            words.owner = value.get<std::string>();
        } else {
            words.environment[name] = value.get<std::string>();
        }
    }
}

}  // namespace

SubmitWords read_words(const std::vector<std::string>& given, bool everything, const std::string& image_setting) {
    std::deque<std::string> left(given.begin(), given.end());
    SubmitWords words;
    if (!everything) {
        if (left.empty() || is_object(left.front()))
            throw Error(ErrorKind::usage, "no Filter.json is named")
                .hint(fmt::format("{}; --everything needs none", kForm));
        words.filter = left.front();
        left.pop_front();
    }
    words.image = image_setting;
    if (!left.empty() && !is_object(left.front())) {
        words.image = left.front();
        left.pop_front();
    }
    if (words.image.empty()) throw Error(ErrorKind::usage, "no image is named").hint(kForm);
    if (!left.empty() && is_object(left.front())) {
        read_variables(left.front(), words);
        left.pop_front();
    }
    if (!left.empty())
        throw Error(ErrorKind::usage, fmt::format("\"{}\" is one word too many", escaped(left.front()))).hint(kForm);
    return words;
}

void add_variables(const std::vector<std::string>& variables, std::map<std::string, std::string>& environment) {
    for (const std::string& variable : variables) {
        const std::size_t equals = variable.find('=');
        if (equals == variable.npos || equals == 0)
            throw Error(ErrorKind::usage, "--env takes NAME=VALUE").about(variable.substr(0, equals));
        environment[variable.substr(0, equals)] = variable.substr(equals + 1);
    }
}

bool is_call_of_2014(const std::vector<std::string>& arguments) {
    if (arguments.size() < 2) return false;
    const std::string& first = arguments.front();
    return !first.starts_with('-') && (first.ends_with(".json") || first.find('/') != first.npos);
}

}  // namespace af
