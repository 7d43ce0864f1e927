// The reduce side of a job: the sorted pairs of one partition in, the result out.
#pragma once

#include "engine/pipeline.hpp"
#include "engine/process.hpp"
#include "stages/flow/services.hpp"
#include "stages/job/job.hpp"
#include "stages/pairs/pair_stream.hpp"
#include "stages/result_file.hpp"

#include <memory>

namespace af {

// The user's reduce function, started before any input is read so that a script that does not load is refused first.
// Empty for a built-in operation.
Task<std::unique_ptr<Process>> start_reduce(const Job& job, const Services& services);

// Throws Error(config) when the user's own combiner does not load. It is started anew for each object.
Task<void> check_combiner(const Job& job, const Services& services);

struct ReduceAccount {
    Report report;
    Counters counters;
    std::uint64_t pairs = 0;  // that were handed to the reducer
};

// Runs one partition to its end; `result` is left to be committed. Throws the first fatal Error.
ReduceAccount run_reduce_side(const Job& job, PairStream& pairs, std::unique_ptr<Process> reducer, ResultFile& result,
                              const Services& services);

}  // namespace af
