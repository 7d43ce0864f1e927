// The pipelines that take over from other tasks, and that hand on to them.
#pragma once

#include "engine/pipeline.hpp"
#include "stages/flow/services.hpp"
#include "stages/pairs/pair_stream.hpp"
#include "stages/parts/collect_parts.hpp"
#include "stages/parts/find_parts.hpp"
#include "stages/result_file.hpp"

#include <string>
#include <vector>

namespace af {

// What is there of each task, in the order of `task_ids`. Errors: those of stages/parts/find_parts.hpp.
std::vector<FoundTask> find_task_parts(const std::vector<std::string>& task_ids, FindOptions options,
                                       const Services& services);

// Fetches, decompresses and takes the parts, from services.store. A part that turns out damaged is fetched once more;
// the rest of what could not be taken is returned. Throws the first fatal Error.
std::vector<LostPart> take_parts(const std::vector<ObjectPtr>& parts, PartTarget& target, const Services& services,
                                 std::vector<StageReport>& stages);

// The lines of a part into `file`, which is left to be committed; how many pairs they are.
std::uint64_t write_part(PairStream& pairs, ResultFile& file, const Services& services,
                         std::vector<StageReport>& stages);

}  // namespace af
