// The settings that a tuning tries: every combination of a few values of each. Pure.
#pragma once

#include "stages/flow/tuning_file.hpp"
#include "stages/job/job.hpp"

#include <string>
#include <vector>

namespace af::bench {

struct TuneValues {
    std::vector<unsigned> workers, decoders, fetch, depth;  // 0: auto
};

// Around what `af run` chooses: half as many, as many and half again as many as there are processors; narrow, found
// while it runs, and wide; few, 4 and many blocks for each object.
TuneValues usual_values(unsigned processors, bool remote);

// "1,2,auto". Throws Error{usage} for what is neither auto nor 1 to 1024, about `option`.
std::vector<unsigned> parse_values(const std::string& option, const std::string& text);

// In order; the first value of `workers` first.
std::vector<Tuning> combinations(const TuneValues& values, unsigned processors);

// What `af run` chooses by itself, and those of `settings` that make it do something else with this input, each in
// another way: with a single object, say, any number of decoders may be one.
std::vector<Tuning> distinct_in_effect(const std::vector<Tuning>& settings, const Job& job, bool remote,
                                       const InputShape& input);

}  // namespace af::bench
