#include "container/task_mail.hpp"

#include "container/task_log.hpp"
#include "stages/notify/notify_owner.hpp"
#include "stages/taskcluster/json_fields.hpp"
#include "stages/taskcluster/queue.hpp"
#include "stages/taskcluster/secrets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

JobOutcome outcome_of(const TaskSettings& settings, const ManifestFacts& facts, const std::string& result) {
    JobOutcome outcome;
    if (facts.failed) outcome.failure = facts.failed->kind();
    outcome.root_url = settings.root_url;
    outcome.task_group_id = settings.task.task_group_id;
    outcome.task_id = settings.task.task_id;
    outcome.run_id = static_cast<unsigned>(settings.task.run_id);
    outcome.result_artifact = result;
    outcome.counts.objects_asked = facts.totals.objects_asked;
    outcome.counts.objects_read = facts.totals.objects_read;
    outcome.counts.records = facts.totals.records;
    outcome.counts.bad_records = facts.totals.bad;
    for (const ResultFacts& output : facts.outputs) outcome.counts.result_bytes += output.bytes;
    return outcome;
}

bool is_interrupted(const Error& error) {
    return error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::terminated;
}

// Exit codes 74 and 75 make a new run while the task has retries left (onExitStatus).
bool will_be_retried(const Error& error, TaskServices& on, const std::string& task_id) {
    if (is_interrupted(error)) return true;
    if (error.kind() != ErrorKind::io && error.kind() != ErrorKind::unavailable) return false;
    try {
        Queue queue(on.client());
        return on.session().runtime().block_on(queue.status(task_id, on.control().token())).retries_left > 0;
    } catch (const Error&) {
        return false;  // better told twice than never
    }
}

std::string server_url(TaskServices& on, const TaskSettings& settings, const Environment& environment) {
    std::string url = variable(environment, "AF_SMTP_URL").value_or("");
    if (!url.empty() || settings.smtp_secret.empty()) return url;
    Runtime& runtime = on.session().runtime();
    const std::string secret =
        runtime.block_on(read_secret(on.client(), settings.smtp_secret, on.control().token()));
    const nlohmann::json object = nlohmann::json::parse(secret, nullptr, false);
    return JsonFields(object, "the secret").text("url");
}

std::string failed(std::string_view problem) {
    warn(fmt::format("the mail to the owner was not sent: {}", problem));
    return std::string(mail_status_name(MailStatus::failed));
}

}  // namespace

std::string mail_outcome(TaskServices& on, const TaskSettings& settings, const Environment& environment,
                         const ManifestFacts& facts, const std::string& result) {
    if (settings.owner.empty()) return "";
    MailSettings mail;
    try {
        mail.server.url = server_url(on, settings, environment);
    } catch (const Error& error) {
        return failed(error.what());
    }
    mail.server.ca_file = settings.smtp_ca_file;
    mail.from = settings.mail_from;
    if (mail.server.url.empty()) return "";
    if (facts.failed && will_be_retried(*facts.failed, on, settings.task.task_id)) return "put off";
    Runtime& runtime = on.session().runtime();
    Retrier retrier{on.session().clock(), seeded_random(), one_shot_policy()};
    const MailReport report =
        runtime.block_on(notify_owner(runtime.cpu(), std::move(mail), settings.owner,
                                      outcome_of(settings, facts, result), std::move(retrier), on.control().token()));
    if (report.status == MailStatus::failed) return failed(report.problem);
    return std::string(mail_status_name(report.status));
}

}  // namespace af
