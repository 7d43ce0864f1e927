// One mail by SMTP, over libcurl.
//
// Safe     TLS whenever the server offers it, and always when there is a password: smtps, or STARTTLS. Certificates are
//          verified. A line break in an address or a header is refused before anything is sent.
// Errors   Error: unavailable (network, 4xx of the server), refused (5xx, TLS, login, addresses with what they cannot
//          hold), config (a URL that is none), cancelled. Messages name the server: never the user, the password or a
//          recipient.
// Threads  blocks, up to `deadline`: not for the network executor.
// Source   RFC 5321, RFC 5322, RFC 2046 (multipart/alternative).
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

namespace af {

struct SmtpServer {
    std::string url;      // smtp://[user:password@]host[:port] or smtps://..., user and password percent-encoded
    std::string ca_file;  // certificates that are trusted; empty: the system's
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds deadline{60'000};
};

struct Mail {
    std::string from;
    std::string to;
    std::string subject;     // printable ASCII
    std::string text;        // UTF-8, lines ended by \n
    std::string html;        // the same for those who see it
    std::string message_id;  // without <>; the same for each attempt, so that a mail sent twice is shown once
    std::chrono::system_clock::time_point date;
};

void send_mail(const SmtpServer& server, const Mail& mail, const std::stop_token& stop);

struct SmtpNames {
    std::string host;
    std::string user;  // decoded; empty: none
};
// Throws Error(config), which does not repeat the URL, when it is none of SmtpServer's form.
SmtpNames smtp_names(const std::string& url);

}  // namespace af
