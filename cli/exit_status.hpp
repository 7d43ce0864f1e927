// What `af` ends with: the table of README.md. Jobs end as their tasks would; usage is 2 as everywhere.
#pragma once

#include "engine/error.hpp"

namespace af {

inline constexpr int kExitPartial = 3;  // done, with input missing that the user allowed to be

inline int cli_exit_status(ErrorKind kind) noexcept { return kind == ErrorKind::usage ? 2 : exit_code(kind); }

}  // namespace af
