// artifact:<taskId>/<runId>/<name>: how an artifact is named wherever an object can be. Pure.
#pragma once

#include "engine/error.hpp"

#include <string>
#include <string_view>

namespace af {

struct ArtifactName {
    std::string task_id;
    int run_id = 0;
    std::string name;  // printable ASCII; may be empty where a prefix is meant
    bool operator==(const ArtifactName&) const = default;
};

bool is_artifact_name(std::string_view text);  // begins with artifact:

// Error(usage) when it is none.
Result<ArtifactName> parse_artifact_name(std::string_view text);
std::string to_text(const ArtifactName& name);

}  // namespace af
