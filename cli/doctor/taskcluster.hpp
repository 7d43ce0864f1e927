// Checks of the Taskcluster deployment and of what its user may do there.
#pragma once

#include "cli/cluster.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/setting_options.hpp"

#include <optional>

namespace af {

inline constexpr std::string_view kSignInAdvice = "run: eval \"$(taskcluster signin)\"";

// What the root URL answered, and when by its clock.
struct RootAnswer {
    Finding finding;
    std::optional<WallTime> server_time;
    bool answers = false;  // the rest can be asked
};

// Asks without credentials, so that broken ones are found elsewhere.
RootAnswer check_root_url(const Environment& environment);

// Off by a minute is a warning, by a quarter of an hour wrong: signatures are refused then. Pure.
Finding clock_finding(WallTime ours, std::optional<WallTime> theirs);

// Where they come from, whether the deployment takes them, until when.
Finding check_credentials(Cluster& cluster);

// The life of temporary credentials. Pure; nullopt: nothing to say. `certificate` is JSON text, "" for none.
std::optional<Finding> certificate_finding(const std::string& certificate, WallTime now);

// Whether they suffice for a submission with these settings. Without a cluster to ask (null), whether the settings tell
// what is needed.
Finding check_scopes(Cluster* cluster, const ChosenSettings& settings);

}  // namespace af
