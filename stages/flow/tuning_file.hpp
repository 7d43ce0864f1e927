// Widths that were measured for a job, kept beside it: what `af-bench tune` writes, and `af run` and `af-task` read.
//
// Form     YAML: processors (of the machine it was measured on), workers, decoders, fetch_width, depth; a number, or
//          `auto` for what is chosen without it. No other keys.
// Order    an option or a variable goes before it; it goes before what the job says and what is chosen.
// Errors   config, "FILE:LINE: what is wrong"; io.
#pragma once

#include "stages/flow/widths.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace af {

inline constexpr const char* kTuningFile = "af-tuning.yml";  // in the folder of the job

struct Tuning {
    unsigned processors = 0;
    // 0: auto
    unsigned workers = 0;
    unsigned decoders = 0;
    unsigned fetch = 0;
    unsigned depth = 0;

    bool operator==(const Tuning&) const = default;
};

// nullopt: there is no such file.
std::optional<Tuning> read_tuning(const std::filesystem::path& file);

std::string tuning_text(const Tuning& tuning);

// "workers 2, decoders 4, fetch width auto, depth 4"
std::string describe(const Tuning& tuning);

// Fills in what `options` leaves to be chosen. Measured with another number of processors it changes nothing, and says
// false.
bool apply_tuning(WidthOptions& options, const Tuning& tuning, unsigned processors);

}  // namespace af
