// What both sides of a job run on inside a task: threads, network, the Taskcluster services, credentials and a scratch
// folder in the working folder.
//
// Credentials  the auth service's, renewed (AF_S3_READ); the envelope's (CREDENTIALS); the AWS chain. The first that is
//              set is the one: nothing is tried after it.
// Errors       config: the envelope, its key, AF_S3_READ; refused, not_found, unavailable: the services.
// Threads      the one that built it.
#pragma once

#include "container/environment.hpp"
#include "engine/file.hpp"
#include "stages/flow/session.hpp"
#include "stages/taskcluster/artifact_store.hpp"
#include "stages/taskcluster/client.hpp"

#include <memory>
#include <optional>
#include <string>

namespace af {

class TaskServices {
public:
    // `reads_input`: S3 is read, so credentials are looked at now. `environment` outlives this.
    TaskServices(const TaskSettings& settings, const Environment& environment, bool reads_input);

    Control& control() noexcept { return control_; }
    // Called about five times a second while a pipeline runs, by the thread that runs it.
    void on_tick(Control::Tick tick) { tick_ = std::move(tick); }
    Session& session() noexcept { return *session_; }
    // Throw Error(usage) outside of a task.
    TaskclusterClient& client();
    ArtifactStore& artifacts();
    const std::filesystem::path& scratch() const noexcept { return scratch_.path(); }

    // For pipelines that read from `from`: the user's code as another user, log lines to the log.
    Services services(ObjectStore& from);

private:
    std::unique_ptr<CredentialSource> credentials(Session& session, bool reads_input);

    const TaskSettings& settings_;
    const Environment& environment_;
    ScratchFolder scratch_;
    Control::Tick tick_;
    Control control_;
    std::unique_ptr<TaskclusterClient> client_;
    std::optional<Session> session_;
    std::unique_ptr<ArtifactStore> artifacts_;
};

// Folders of the user's code, in `scratch`: the feeders, and HOME and TMPDIR of code that runs as somebody else.
void make_user_folders(Services& services);

}  // namespace af
