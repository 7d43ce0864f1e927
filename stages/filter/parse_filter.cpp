#include "stages/filter/parse_filter.hpp"

#include "stages/filter/parse_rule.hpp"
#include "stages/filter/strict_json.hpp"
#include "stages/near.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kForm =
    R"(a filter is {"version": 1, "dimensions": [{"field_name": ..., "allowed_values": ...}, ... six of them]})";

void check_version(const Json& filter, RuleContext& context) {
    const auto version = filter.find("version");
    if (version == filter.end()) throw context.error("version", "is missing").hint(kForm);
    if (!version->is_number_integer() || *version != 1) {
        throw context.error("version", fmt::format("{} is not known; this program reads version 1", shown(*version)));
    }
}

void warn_of_unknown_keys(const Json& object, const std::vector<std::string>& known, const std::string& path,
                          RuleContext& context) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        context.warn(path.empty() ? key : path + "." + key, "is not known and ignored" + did_you_mean(key, known));
    }
}

// Matching goes by position and never looks at the names, so a wrong order would silently test the wrong level.
void check_name(const Json& dimension, std::size_t level, const std::string& path, RuleContext& context) {
    const auto name = dimension.find("field_name");
    const std::string expected(kLevelNames[level]);
    if (name == dimension.end())
        throw context.error(path + ".field_name", fmt::format("is missing; it must be \"{}\"", expected));
    if (name->is_string() && name->get_ref<const std::string&>() == expected) return;
    throw context.error(path + ".field_name", fmt::format("is {}, it must be \"{}\"", shown(*name), expected))
        .hint(fmt::format("dimensions are matched by position: {}", fmt::join(kLevelNames, ", ")));
}

Rule parse_dimension(const Json& dimension, std::size_t level, RuleContext& context) {
    const std::string path = fmt::format("dimensions[{}]", level);
    if (!dimension.is_object())
        throw context.error(path, fmt::format("is {}, it must be an object", shown(dimension))).hint(kForm);
    check_name(dimension, level, path, context);
    warn_of_unknown_keys(dimension, {"field_name", "allowed_values"}, path, context);
    const auto allowed = dimension.find("allowed_values");
    if (allowed == dimension.end())
        throw context.error(path + ".allowed_values", "is missing").hint("\"*\" allows everything");
    return parse_rule(*allowed, level, path + ".allowed_values", context);
}

}  // namespace

Filter parse_filter(std::string_view text, std::string_view name, std::chrono::year_month_day today) {
    const Json filter = parse_strict_json(text, name);
    RuleContext context(name, today);
    if (!filter.is_object()) throw Error(ErrorKind::config, fmt::format("{}: not a JSON object", name)).hint(kForm);
    check_version(filter, context);
    const auto dimensions = filter.find("dimensions");
    if (dimensions == filter.end()) throw context.error("dimensions", "is missing").hint(kForm);
    if (!dimensions->is_array())
        throw context.error("dimensions", fmt::format("is {}, it must be a list", shown(*dimensions))).hint(kForm);
    std::array<Rule, kLevels> levels;
    for (std::size_t i = 0; i < std::min(kLevels, dimensions->size()); ++i)
        levels[i] = parse_dimension((*dimensions)[i], i, context);
    if (dimensions->size() != kLevels) {
        throw context
            .error("dimensions", fmt::format("has {} dimensions, it must have six: {}", dimensions->size(),
                                             fmt::join(kLevelNames, ", ")))
            .hint("give a dimension that does not matter as \"*\"");
    }
    warn_of_unknown_keys(filter, {"version", "dimensions"}, "", context);
    return Filter(std::move(levels), std::move(context.warnings), filter.dump());
}

}  // namespace af
