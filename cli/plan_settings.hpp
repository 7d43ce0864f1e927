// The part of a plan that comes from settings: where and how its tasks run, and who is told.
//
// Errors   usage: no task queue, an owner that is no e-mail address; what ChosenSettings throws.
#pragma once

#include "cli/setting_options.hpp"
#include "stages/submit/plan.hpp"

#include <string>
#include <string_view>

namespace af {

// read_prefix and kid stay empty: they follow from the input and the key.
TaskSettingsOfPlan planned_tasks(const ChosenSettings& settings);

// `owner`, unless empty, goes before the setting.
PlannedNotice planned_notice(const ChosenSettings& settings, std::string owner);

// "bucket/prefix/" that all names which begin with this s3:// place lie below; "" for what is no such place.
std::string read_prefix_of(std::string_view place);

}  // namespace af
