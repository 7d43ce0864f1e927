#include "cli/failure.hpp"

namespace af {
namespace {

int status_of_step(ClusterStep step) noexcept {
    switch (step) {
        case ClusterStep::taskcluster: return kExitTaskcluster;
        case ClusterStep::index: return kExitIndex;
        case ClusterStep::token: return kExitToken;
        case ClusterStep::result: return kExitUnverified;
    }
    return 1;
}

}  // namespace

int status_of(ClusterStep step, ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::unavailable: return kExitNetwork;
        case ErrorKind::refused:
        case ErrorKind::expired: return step == ClusterStep::result ? kExitTaskcluster : status_of_step(step);
        case ErrorKind::config:
        case ErrorKind::not_found:
        case ErrorKind::corrupt: return status_of_step(step);
        default: return cli_exit_status(kind);
    }
}

}  // namespace af
