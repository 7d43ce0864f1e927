// The plan of a run, for --explain.
#pragma once

#include "stages/flow/widths.hpp"
#include "stages/records.hpp"

#include <string>
#include <vector>

namespace af {

std::string plan_text(const Job& job, const Widths& widths, const std::vector<ObjectPtr>& objects);

// The same for programs, one object on one line.
std::string plan_json(const Job& job, const Widths& widths, const std::vector<ObjectPtr>& objects);

}  // namespace af
