#include "cli/submit_words.hpp"

#include "engine/error.hpp"
#include "stages/filter/strict_json.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kForm = "af submit Filter.json IMAGE ['{\"OWNER\": \"me@example.org\"}']";

constexpr const char* kVariables = "a JSON object of texts: '{\"OWNER\": \"me@example.org\"}'";

bool is_object(const std::string& word) {
    const std::size_t first = word.find_first_not_of(" \t\n");
    return first != word.npos && word[first] == '{';
}

void add_variable(const std::string& name, std::string value, SubmitWords& words) {
    if (name == "OWNER") {
        words.owner = std::move(value);
    } else {
        words.environment[name] = std::move(value);
    }
}

void read_variables(const std::string& text, SubmitWords& words) {
    nlohmann::json object;
    try {
        object = parse_strict_json(text, "the variables", {.max_bytes = 1 << 20, .max_depth = 4});
    } catch (const Error& error) {
        throw Error(ErrorKind::usage, error.what()).hint(kVariables);
    }
    for (const auto& [name, value] : object.items()) {
        if (!value.is_string())
            throw Error(ErrorKind::usage, fmt::format("the variable {} must be text, in quotes", escaped(name)));
        add_variable(name, value.get<std::string>(), words);
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

void add_variables(const std::vector<std::string>& variables, SubmitWords& words) {
    for (const std::string& variable : variables) {
        const std::size_t equals = variable.find('=');
        if (equals == variable.npos || equals == 0)
            throw Error(ErrorKind::usage, "--env takes NAME=VALUE").about(variable.substr(0, equals));
        add_variable(variable.substr(0, equals), variable.substr(equals + 1), words);
    }
}

std::string take_owner(std::vector<std::string>& words, const std::vector<std::string>& variables) {
    SubmitWords found;
    if (const auto object = std::find_if(words.begin(), words.end(), is_object); object != words.end()) {
        read_variables(*object, found);
        words.erase(object);
    }
    add_variables(variables, found);
    return found.owner;
}

bool is_call_of_2014(const std::vector<std::string>& arguments) {
    if (arguments.size() < 2) return false;
    const std::string& first = arguments.front();
    return !first.starts_with('-') && (first.ends_with(".json") || first.find('/') != first.npos);
}

}  // namespace af
