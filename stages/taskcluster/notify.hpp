// The notify service: an e-mail to the owner of a job.
//
// Source   notify API, email (schema notify/v1/email-request.json).
#pragma once

#include "stages/taskcluster/client.hpp"

namespace af {

struct Email {
    std::string address;
    std::string subject;      // plain text; cut at 255 bytes
    std::string content;      // Markdown; cut at 100 KiB
    std::string link_text{};  // with link_href: a button; cut at 40 bytes
    std::string link_href{};
};

// Letters, digits and . _ % + - before the @, a host name behind it: nothing that could end a header or an address.
bool is_email_address(std::string_view text);

// Needs notify:email:<address>. A repeated mail with the same text is dropped by the service.
// Errors  usage (an address that is none; before any call); those of TaskclusterClient, about the address.
Task<void> send_email(TaskclusterClient& client, Email email, std::stop_token stop);

}  // namespace af
