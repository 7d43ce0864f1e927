#include "stages/notify/notify_owner.hpp"

#include "engine/offload.hpp"
#include "stages/taskcluster/ids.hpp"
#include "stages/taskcluster/notify.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMessageIdBytes = 16;

MailReport failed(std::string problem) { return {MailStatus::failed, std::move(problem)}; }

std::string sender(const MailSettings& settings) {
    if (!settings.from.empty()) return settings.from;
    const SmtpNames names = smtp_names(settings.server.url);
    return is_email_address(names.user) ? names.user : "analysis-framework@" + names.host;
}

Mail mail_for(const MailSettings& settings, const std::string& owner, const JobOutcome& outcome, const Clock& clock) {
    if (!is_email_address(owner)) throw Error(ErrorKind::usage, "OWNER is not an e-mail address that mail is sent to");
    MailText text = outcome_mail(outcome);
    Mail mail;
    mail.from = sender(settings);
    if (!is_email_address(mail.from))
        throw Error(ErrorKind::config, "the sender is not an e-mail address").hint("set AF_MAIL_FROM");
    mail.to = owner;
    mail.subject = std::move(text.subject);
    mail.text = std::move(text.text);
    mail.html = std::move(text.html);
    mail.message_id = random_text(kMessageIdBytes) + mail.from.substr(mail.from.find('@'));
    mail.date = clock.wall();
    return mail;
}

Task<Attempt<bool>> send_once(Place cpu, const SmtpServer& server, const Mail& mail, std::stop_token stop) {
    std::function<bool()> work = [&server, &mail, stop] {
        send_mail(server, mail, stop);
        return true;
    };
    const bool sent = co_await offload<bool>(std::move(cpu), std::move(work));
    co_return sent;
}

}  // namespace

std::string_view mail_status_name(MailStatus status) noexcept {
    switch (status) {
        case MailStatus::none: return "none";
        case MailStatus::sent: return "sent";
        case MailStatus::failed: return "failed";
    }
    return "failed";
}

Task<MailReport> notify_owner(Place cpu, MailSettings settings, std::string owner, JobOutcome outcome, Retrier with,
                              std::stop_token stop) {
    if (settings.server.url.empty() || owner.empty()) co_return MailReport{};
    std::string problem;
    try {
        const Mail mail = mail_for(settings, owner, outcome, with.clock);
        std::function<Task<Attempt<bool>>(int)> attempt = [&](int) {
            return send_once(cpu, settings.server, mail, stop);
        };
        const bool sent = co_await retry<bool>(with, std::move(attempt), stop);
        if (sent) co_return MailReport{MailStatus::sent, {}};
    } catch (const Error& error) {
        problem = error.advice().empty() ? error.what() : fmt::format("{} ({})", error.what(), error.advice());
    } catch (const std::exception& error) {
        problem = error.what();
    }
    co_return failed(std::move(problem));
}

}  // namespace af
