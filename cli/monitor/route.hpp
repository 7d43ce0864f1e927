// What a request to `af monitor` asks for. Pure.
#pragma once

#include "stages/taskcluster/artifact_name.hpp"

#include <string>
#include <string_view>

namespace af {

struct MonitorRoute {
    enum class Kind { nothing, page, group, artifact };
    Kind kind = Kind::nothing;
    ArtifactName artifact{};
};

// `path` as it is on the wire, without the query. What is served lies below /SECRET/: the page itself, the list of
// `group_id`, artifacts of a run; anything else is nothing. The secret is compared in constant time.
MonitorRoute monitor_route(std::string_view path, std::string_view secret, std::string_view group_id);

}  // namespace af
