// The `allowed_values` of one dimension -> Rule. Part of parse_filter.
#pragma once

#include "stages/filter/filter.hpp"

#include <chrono>
#include <nlohmann/json_fwd.hpp>

namespace af {

// What one reading of a filter knows and collects.
struct RuleContext {
    RuleContext(std::string_view n, std::chrono::year_month_day t) : name(n), today(t) {}

    Error error(const std::string& path, const std::string& what) const;
    void warn(const std::string& path, std::string text) { warnings.push_back({path, std::move(text)}); }

    std::string_view name;
    std::chrono::year_month_day today;
    std::vector<FilterWarning> warnings;
};

// A JSON value for a message: at most 40 bytes.
std::string shown(const nlohmann::json& value);

Rule parse_rule(const nlohmann::json& allowed, std::size_t level, const std::string& path, RuleContext& context);

}  // namespace af
