#include "cli/failure.hpp"

namespace af {
namespace {

int status_of_step(Step step) noexcept {
    switch (step) {
        case Step::taskcluster: return kExitTaskcluster;
        case Step::index: return kExitIndex;
        case Step::token: return kExitToken;
        case Step::result: return kExitUnverified;
    }
    return 1;
}

}  // namespace

int status_of(Step step, ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::unavailable: return kExitNetwork;
        case ErrorKind::refused:
        case ErrorKind::expired: return step == Step::result ? kExitTaskcluster : status_of_step(step);
        case ErrorKind::config:
        case ErrorKind::not_found:
        case ErrorKind::corrupt: return status_of_step(step);
        default: return cli_exit_status(kind);
    }
}

}  // namespace af
