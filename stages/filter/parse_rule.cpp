#include "stages/filter/parse_rule.hpp"

#include "stages/near.hpp"

#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBuildLevel = 4;
constexpr std::size_t kDateLevel = 5;
constexpr std::size_t kBuildDigits = 14;
constexpr std::int64_t kLongestWindow = 36'500;  // days
constexpr unsigned kDeepestNot = 8;

const std::vector<std::string> kKeys = {"min", "max", "through", "not", "glob", "regex", "days"};

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string text_of(const Json& value, const std::string& path, const RuleContext& context) {
    if (value.is_string()) return value.get<std::string>();
    throw context.error(path, fmt::format("is {}, it must be text: values are compared as text", shown(value)))
        .hint("put the value in quotes");
}

Rule parse_list(const Json& list, const std::string& path, RuleContext& context) {
    OneOf one_of;
    for (std::size_t i = 0; i < list.size(); ++i) {
        one_of.values.push_back(sanitised(text_of(list[i], fmt::format("{}[{}]", path, i), context)));
        if (list[i] == "*") {
            context.warn(fmt::format("{}[{}]", path, i),
                         "\"*\" inside a list is the value \"_\", not everything; write \"*\" without the list");
        }
    }
    if (list.empty()) context.warn(path, "an empty list allows nothing");
    std::sort(one_of.values.begin(), one_of.values.end());
    return Rule({std::move(one_of)});
}

Rule parse_text(const Json& text, const std::string& path, RuleContext& context) {
    std::string value = text.get<std::string>();
    if (value == "*") return Rule();
    if (const std::string clean = sanitised(value); clean != value) {
        context.warn(path, fmt::format("\"{}\" never matches, paths hold \"{}\"; write [\"{}\"]", escaped(value), clean,
                                       escaped(value)));
    }
    OneOf one_of;
    one_of.values.push_back(std::move(value));
    return Rule({std::move(one_of)});
}

void warn_of_bounds(const Between& bounds, std::size_t level, const std::string& path, RuleContext& context) {
    for (const auto& [key, bound] : {std::pair("min", &bounds.min), std::pair("max", &bounds.max)}) {
        if (*bound && sanitised(**bound) != **bound) {
            context.warn(
                fmt::format("{}.{}", path, key),
                fmt::format("\"{}\" is compared as it stands, but paths hold no such characters", escaped(**bound)));
        }
    }
    if (bounds.min && bounds.max) {
        if (*bounds.min > *bounds.max)
            context.warn(path, fmt::format("min \"{}\" is above max \"{}\": nothing matches", escaped(*bounds.min),
                                           escaped(*bounds.max)));
        if (bounds.min->size() != bounds.max->size()) {
            context.warn(
                path, fmt::format(
                          "min and max have {} and {} characters; they are compared as text, so \"9\" is above \"10\"",
                          bounds.min->size(), bounds.max->size()));
        }
    }
    if (level == kBuildLevel && bounds.max && all_digits(*bounds.max) && bounds.max->size() < kBuildDigits) {
        context.warn(path + ".max",
                     fmt::format("\"{}\" leaves out the builds that begin with it; write \"through\": \"{}\"",
                                 *bounds.max, *bounds.max));
    }
}

// The last `days` days, today included; builds are dated by their first eight digits.
std::vector<Condition> parse_days(const Json& days, std::size_t level, const std::string& path,
                                  const RuleContext& context) {
    if (level != kBuildLevel && level != kDateLevel)
        throw context.error(path, fmt::format("{} holds no date", kLevelNames[level]));
    if (!days.is_number_integer() || days < 1 || days > kLongestWindow) {
        throw context.error(path, fmt::format("is {}, it must be a number from 1 to {}", shown(days), kLongestWindow));
    }
    const std::chrono::sys_days today(context.today);
    Between from;
    from.min = fmt::format("{:%Y%m%d}", fmt::gmtime(today - std::chrono::days(days.get<int>() - 1)));
    return {std::move(from), Through{fmt::format("{:%Y%m%d}", fmt::gmtime(today))}};
}

Condition parse_pattern(const Json& expression, bool is_glob, const std::string& path, const RuleContext& context) {
    const std::string text = text_of(expression, path, context);
    Result<Pattern> pattern = is_glob ? Pattern::glob(text) : Pattern::regex(text);
    if (!pattern)
        throw context.error(path,
                            fmt::format("\"{}\" is not a valid pattern: {}", escaped(text), pattern.error().what()));
    return Matching{std::move(*pattern), fmt::format("{} \"{}\"", is_glob ? "glob" : "regex", escaped(text))};
}

Rule parse_rule_at(const Json& allowed, std::size_t level, const std::string& path, RuleContext& context,
                   unsigned depth);

Rule parse_object(const Json& object, std::size_t level, const std::string& path, RuleContext& context,
                  unsigned depth) {
    std::vector<Condition> conditions;
    Between bounds;
    for (const auto& [key, value] : object.items()) {
        const std::string here = path + "." + key;
        if (key == "min") bounds.min = text_of(value, here, context);
        else if (key == "max") bounds.max = text_of(value, here, context);
        else if (key == "through") conditions.push_back(Through{text_of(value, here, context)});
        else if (key == "glob" || key == "regex")
            conditions.push_back(parse_pattern(value, key == "glob", here, context));
        else if (key == "not") {
            if (depth == kDeepestNot)
                throw context.error(here, fmt::format("is nested deeper than {} times", kDeepestNot));
            conditions.push_back(
                Not{std::make_shared<const Rule>(parse_rule_at(value, level, here, context, depth + 1))});
        } else if (key == "days") {
            for (Condition& condition : parse_days(value, level, here, context))
                conditions.push_back(std::move(condition));
        } else {
            context.warn(here, "is not known and ignored" + did_you_mean(key, kKeys));
        }
    }
    if (object.contains("max") && object.contains("through"))
        throw context.error(path, "has both max and through").hint("keep one of the two");
    if (object.contains("days") && (bounds.min || bounds.max || object.contains("through"))) {
        throw context.error(path, "has days beside min, max or through").hint("days is a range of its own");
    }
    if (bounds.min || bounds.max) {
        warn_of_bounds(bounds, level, path, context);
        conditions.insert(conditions.begin(), std::move(bounds));
    }
    return Rule(std::move(conditions));
}

Rule parse_rule_at(const Json& allowed, std::size_t level, const std::string& path, RuleContext& context,
                   unsigned depth) {
    if (allowed.is_array()) return parse_list(allowed, path, context);
    if (allowed.is_object()) return parse_object(allowed, level, path, context, depth);
    if (allowed.is_string()) return parse_text(allowed, path, context);
    throw context.error(path, fmt::format("is {}, it must be \"*\", text, a list or an object", shown(allowed)));
}

}  // namespace

Error RuleContext::error(const std::string& path, const std::string& what) const {
    return Error(ErrorKind::config, fmt::format("{}: {} {}", name, escaped(path), what)).about(name);
}

std::string shown(const Json& value) {
    constexpr std::size_t kMost = 40;
    std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() <= kMost) return text;
    return fmt::format("{}...", std::string_view(text).substr(0, kMost - 3));
}

Rule parse_rule(const Json& allowed, std::size_t level, const std::string& path, RuleContext& context) {
    return parse_rule_at(allowed, level, path, context, 0);
}

}  // namespace af
