// Starts the user's code before any input is read, so that what does not load is refused first.
#pragma once

#include "stages/flow/map_side.hpp"

#include <memory>

namespace af {

struct StartOptions {
    bool lazy;    // records may be parsed when they are touched
    bool reduce;  // the reduce function, too
};

struct StartedCode {
    Mappers mappers;
    std::unique_ptr<Process> reducer;  // null: not asked for, or built in
};

// The map processes, the reduce process and a combiner, which is only tried, all at once. When each of them has loaded
// or failed it throws what was wrong with the first, in that order, whichever failed first. For the thread that built
// the runtime.
StartedCode start_code(const Job& job, const Widths& widths, StartOptions options, const Services& services);

}  // namespace af
