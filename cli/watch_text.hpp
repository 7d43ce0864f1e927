// What a person reads, and a program gets, of a task group under way: from its summary alone. Pure.
#pragma once

#include "stages/submit/group_view.hpp"

#include <string>
#include <vector>

namespace af {

// Several lines for a terminal, not yet cut to its width:
//   os-count in fN1SbArXTPSVFNUvaOlinQ: running for 3 min 20 s
//     mappers  [##########----------]  10 of 20 done, 4 running, 6 pending
//     bytes    1.2 GB of 2.4 GB mapped, 12 MB/s, 1 min 40 s left
//     reducer  waits for the mappers
std::vector<std::string> watch_lines(const GroupSnapshot& snapshot, const GroupSummary& summary);

// The same in one line, for a log.
std::string watch_line(const GroupSnapshot& snapshot, const GroupSummary& summary);

// {"type":"group","group":...,"verdict":...}
std::string watch_json(const GroupSnapshot& snapshot, const GroupSummary& summary);

// "os-count map 4/20, run 1: exception (deadline-exceeded)"
std::string failure_text(const GroupTask& task);

}  // namespace af
