// An Error that has an exit status of its own: commands that work with a cluster tell by it which step failed (the
// table in README.md), where `af run` tells what failed.
#pragma once

#include "cli/exit_status.hpp"
#include "engine/error.hpp"

#include <utility>

namespace af {

enum class ClusterStep { taskcluster, index, token, result };

class Failed : public Error {
public:
    Failed(int status, Error error) : Error(std::move(error)), status_(status) {}
    int status() const noexcept { return status_; }

private:
    int status_;
};

// usage, interruptions, no match, disks and bugs keep their status whatever the step; unavailable is 11.
int status_of(ClusterStep step, ErrorKind kind) noexcept;

// Runs `work`; an Error it throws gets the status of the step, unless it has one.
template <class Work>
auto in_step(ClusterStep step, Work&& work) -> decltype(work()) {
    try {
        return work();
    } catch (const Failed&) {
        throw;
    } catch (Error& error) {
        const int status = status_of(step, error.kind());
        throw Failed(status, std::move(error));
    }
}

}  // namespace af
