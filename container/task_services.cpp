#include "container/task_services.hpp"

#include "container/helpers/write_helpers.hpp"
#include "container/key_ring.hpp"
#include "container/task_log.hpp"
#include "stages/child_environment.hpp"
#include "stages/seal/sealed_credentials.hpp"
#include "stages/taskcluster/s3_credentials.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace af {
namespace {

// "bucket/prefix", as the scope of the auth service has it.
S3Prefix parse_prefix(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == text.npos || slash == 0)
        throw Error(ErrorKind::config, "AF_S3_READ must be bucket/prefix").about(text).hint("e.g. telemetry/v4/");
    return {text.substr(0, slash), text.substr(slash + 1)};
}

std::unique_ptr<CredentialSource> fixed(AwsCredentials credentials, const Clock& clock) {
    if (credentials.expires && *credentials.expires <= clock.wall())
        throw Error(ErrorKind::expired, "the credentials in CREDENTIALS have expired")
            .hint("submit the job anew: a rerun of this task has the same credentials");
    return std::make_unique<FixedCredentials>(std::move(credentials));
}

}  // namespace

TaskServices::TaskServices(const TaskSettings& settings, const Environment& environment, bool reads_input)
    : settings_(settings),
      environment_(environment),
      scratch_(std::filesystem::current_path()),
      control_([this](const Report& report) {
          if (tick_) tick_(report);
      }) {
    StoreOptions store;
    store.credentials = [this, reads_input](Session& session) { return credentials(session, reads_input); };
    try {
        session_.emplace(store, environment_, control_);
    } catch (const Error& error) {
        throw control_.cause_of(error);
    }
}

std::unique_ptr<CredentialSource> TaskServices::credentials(Session& session, bool reads_input) {
    if (settings_.has_services) {
        Retrier retrier{session.clock(), seeded_random(), service_policy()};
        client_ = std::make_unique<TaskclusterClient>(session.http(), std::move(retrier),
                                                      find_taskcluster_access(environment_));
    }
    if (!reads_input) return nullptr;
    if (!settings_.s3_read.empty())
        return make_taskcluster_s3_credentials(client(), parse_prefix(settings_.s3_read), session.clock());
    if (!settings_.has_envelope) return nullptr;
    const KeyRing ring = read_key_ring(settings_, client_.get(), session.runtime(), control_.token());
    const std::string envelope = variable(environment_, "CREDENTIALS").value_or("");
    return fixed(open_credentials(ring, envelope, settings_.task.task_group_id), session.clock());
}

TaskclusterClient& TaskServices::client() {
    if (client_) return *client_;
    throw Error(ErrorKind::usage, "this needs the services of Taskcluster, and neither TASKCLUSTER_PROXY_URL nor "
                                  "TASKCLUSTER_ROOT_URL is set")
        .hint("run it in a task with features: {taskclusterProxy: true}");
}

ArtifactStore& TaskServices::artifacts() {
    if (!artifacts_) {
        Session& on = session();
        Retrier retrier{on.clock(), seeded_random(), object_policy(), &on.brake()};
        artifacts_ = std::make_unique<ArtifactStore>(client(), on.http(), std::move(retrier), on.stored_blocks());
    }
    return *artifacts_;
}

Services TaskServices::services(ObjectStore& from) {
    Services services = session().services(control_, scratch(), from);
    services.run_as = settings_.run_as;
    services.warn = [](const std::string& text) { warn(text); };
    services.user_line = [](const std::string& line) { say_of_user_code(line); };
    return services;
}

void make_user_folders(Services& services) {
    write_helpers(services.helpers);
    if (!services.run_as) return;
    const std::filesystem::path home = services.scratch / "home";
    const bool made = ::mkdir(home.c_str(), 0700) == 0 &&
                      ::chown(home.c_str(), services.run_as->uid, services.run_as->gid) == 0 &&
                      ::chmod(services.scratch.c_str(), 0711) == 0;  // to pass through, not to look into
    if (!made) throw os_error(errno, "make a folder for the user's code").about(home.string());
    set_variable(services.child_environment, "HOME", home.string());
    set_variable(services.child_environment, "TMPDIR", home.string());
}

}  // namespace af
