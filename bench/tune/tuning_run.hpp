// Measures settings by real runs: the built `af run`, as a child process, on a sample of the user's own objects.
//
// Why      a child is what the user will run: start of the functions, reduce and commit included; and no run finds the
//          memory, the connections or the threads of the one before.
// Errors   those of a run that fails, which end the tuning.
#pragma once

#include "bench/tune/sample.hpp"
#include "stages/flow/tuning_file.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace af::bench {

struct TuneTarget {
    std::filesystem::path af;
    std::filesystem::path job;
    std::vector<std::string> inputs;
    std::vector<std::string> store_options;  // of af index and af run alike
    std::string filter;                      // empty: none
};

// `scratch`: a folder of ours alone. The objects that the inputs and the filter match, by `af index`.
std::vector<InputObject> list_objects(const TuneTarget& target, const std::filesystem::path& scratch);

class TuningRun {
public:
    TuningRun(TuneTarget target, std::vector<InputObject> objects, std::filesystem::path scratch);

    // Seconds of one run on that share of the objects.
    double operator()(const Tuning& tuning, double share);

    unsigned runs() const noexcept { return runs_; }

private:
    TuneTarget target_;
    std::vector<InputObject> objects_;
    std::filesystem::path scratch_;
    unsigned runs_ = 0;
};

}  // namespace af::bench
