// How a job's settings and its list of input become what the pipelines take. Pure.
#pragma once

#include "stages/flow/widths.hpp"
#include "stages/job/job.hpp"
#include "stages/ledger.hpp"
#include "stages/records.hpp"

#include <vector>

namespace af {

// In the order to read them: a large object that starts last is what everybody waits for at the end.
std::vector<ObjectPtr> largest_first(std::vector<ObjectRef> refs);

InputShape shape_of(const std::vector<ObjectPtr>& objects);

BadPolicy bad_policy(const Job& job);

}  // namespace af
