// `af-task map`: the objects of the task through the user's map function into sorted parts, one for each reducer.
//
// Writes   af/part-00000.txt.zst ... (stages/parts/part_lines.hpp; of a map-only job the lines themselves, in the order
//          of the objects), af/bad.jsonl when records were left out and artifacts are private, af/manifest.json last.
//          When it fails, the manifest alone.
// Bad      records.max_bad as a share is of the whole job: `af-task reduce` judges it. A count ends the task at once,
//          and so do 10,000 records of which none is good.
#pragma once

#include "container/environment.hpp"
#include "container/input_keys.hpp"

namespace af {

// Throws the Error the task ends with.
void run_mapper(const TaskSettings& settings, const Environment& environment, const MapArguments& arguments);

}  // namespace af
