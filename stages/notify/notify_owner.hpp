// Tells the owner of a job by mail how it ended, when a mail server is set (AF_SMTP_URL).
#pragma once

#include "engine/retry.hpp"
#include "engine/smtp.hpp"
#include "engine/stage.hpp"
#include "stages/notify/outcome_mail.hpp"

#include <stop_token>
#include <string>
#include <string_view>

namespace af {

enum class MailStatus { none, sent, failed };  // none: no server or no owner
std::string_view mail_status_name(MailStatus status) noexcept;  // as the manifest has it

struct MailReport {
    MailStatus status = MailStatus::none;
    std::string problem;  // for a warning, when it failed; without secrets
};

struct MailSettings {
    SmtpServer server;  // an empty URL: no mail
    std::string from;   // empty: the user of the URL when that is an address, else analysis-framework@ its host
};

// Never fails: a job that has a result has it without a mail too. R5: `with` tries three times what may heal; a refused
// recipient, login or certificate is final. Blocks on `cpu`, not on the caller's executor.
Task<MailReport> notify_owner(Place cpu, MailSettings settings, std::string owner, JobOutcome outcome, Retrier with,
                              std::stop_token stop);

}  // namespace af
