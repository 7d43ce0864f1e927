// The body of a refused request, as far as it came.
#pragma once

#include "engine/http.hpp"

#include <string>

namespace af {

// At most 64 KiB; empty when it is longer or breaks off, for the status is left to judge by. Throws Error(cancelled)
// only.
Task<std::string> error_body(HttpResponse& response);

}  // namespace af
