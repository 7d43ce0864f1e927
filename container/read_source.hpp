// A small file from wherever it may be named: https://..., artifact:<taskId>/<runId>/<name>, s3://bucket/key, or a
// path.
//
// Errors   those of the stores and of read_object(); refused: a URL that is not https (but for a deployment that is at
//          http itself), a link-local host, a redirect to one; corrupt above `max_bytes`. They name the source, without
//          the query of a URL.
#pragma once

#include "container/task_services.hpp"

#include <string>

namespace af {

std::string read_source(TaskServices& on, const TaskSettings& settings, const std::string& source,
                        std::size_t max_bytes);

}  // namespace af
