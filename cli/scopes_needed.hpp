// The scopes that a submission with these settings will need, before there is a plan.
#pragma once

#include "cli/setting_options.hpp"
#include "engine/error.hpp"

#include <span>
#include <string>
#include <vector>

namespace af {

// What the settings do not say.
struct NeededFor {
    std::vector<std::string> inputs{};  // empty: input_root, else the index when it is in S3
    bool public_result = false;
    bool merges = false;
    bool map_only = false;
    unsigned reducers = 1;
    std::string owner{};  // goes before the setting; empty: the setting
};

struct NeededScopes {
    std::vector<std::string> all;       // sorted
    std::vector<std::string> of_tasks;  // those that tasks carry
    std::string note;                   // what could not be known; empty: nothing
};

// Throws Error(usage) when settings are missing.
NeededScopes needed_scopes(const ChosenSettings& settings, const NeededFor& what);

// What to say when some are missing: how many, the first of them, whom to ask.
Error scopes_are_missing(std::span<const std::string> missing, std::string_view who);

}  // namespace af
