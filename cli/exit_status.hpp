// What `af` ends with: the table of README.md. Jobs that run here end as their tasks would; usage is 2 as everywhere;
// commands that work with a cluster tell the step that failed (failure.hpp).
#pragma once

#include "engine/error.hpp"

namespace af {

inline constexpr int kExitPartial = 3;       // done, with input missing that the user allowed to be
inline constexpr int kExitGraphFailed = 4;   // a task of the graph failed for good
inline constexpr int kExitStillRunning = 5;  // waited as long as was allowed; the graph goes on
inline constexpr int kExitTaskcluster = 6;   // credentials or scopes of Taskcluster
inline constexpr int kExitIndex = 7;         // the index refused, or answered what is none
inline constexpr int kExitToken = 8;         // STS, or the key to seal with
inline constexpr int kExitConflict = 10;     // submitted in part, or something else has a task's id
inline constexpr int kExitNetwork = 11;      // network, after all retries
inline constexpr int kExitUnverified = 12;   // a result that does not match its manifest

inline int cli_exit_status(ErrorKind kind) noexcept { return kind == ErrorKind::usage ? 2 : exit_code(kind); }

}  // namespace af
