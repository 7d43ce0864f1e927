#include "engine/smtp.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <ctime>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>
#include <vector>

namespace af {
namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Mime = std::unique_ptr<curl_mime, decltype(&curl_mime_free)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

void require(CURLcode code, std::string_view doing) {
    if (code != CURLE_OK)
        throw Error(ErrorKind::os, fmt::format("libcurl cannot {}: {}", doing, curl_easy_strerror(code)));
}

template <class T>
void set(const Easy& easy, CURLoption option, T value) {
    require(curl_easy_setopt(easy.get(), option, value), fmt::format("set option {}", int(option)));
}

std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
}

bool is_plain(std::string_view text, std::string_view unwanted = {}) {
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return c >= 0x20 && c < 0x7f && unwanted.find(c) == unwanted.npos; });
}

void refuse_injection(const Mail& mail) {
    for (const std::string& address : {mail.from, mail.to, mail.message_id}) {
        if (address.empty() || !is_plain(address, " <>\"(),:;\\"))
            throw Error(ErrorKind::refused, "an address of a mail holds what it cannot");
    }
    if (!is_plain(mail.subject)) throw Error(ErrorKind::refused, "the subject of a mail holds what it cannot");
}

List list_of(const std::vector<std::string>& lines) {
    List list(nullptr, curl_slist_free_all);
    for (const std::string& line : lines) {
        curl_slist* longer = curl_slist_append(list.get(), line.c_str());
        if (!longer) throw Error(ErrorKind::os, "no memory for a mail");
        (void)list.release();
        list.reset(longer);
    }
    return list;
}

std::string date_text(std::chrono::system_clock::time_point at) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[utc.tm_wday], utc.tm_mday,
                       kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::vector<std::string> headers_of(const Mail& mail) {
    return {"Date: " + date_text(mail.date),
            "From: <" + mail.from + ">",
            "To: <" + mail.to + ">",
            "Subject: " + mail.subject,
            "Message-ID: <" + mail.message_id + ">",
            "Auto-Submitted: auto-generated"};
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    for (char c : text) {
        if (c == '\n') lines += '\r';
        lines += c;
    }
    return lines;
}

void add_text(curl_mime* mime, const std::string& text, const char* type) {
    curl_mimepart* entry = curl_mime_addpart(mime);
    if (!entry) throw Error(ErrorKind::os, "no memory for a mail");
    const std::string lines = with_crlf(text);
    require(curl_mime_data(entry, lines.data(), lines.size()), "hold a mail");
    require(curl_mime_type(entry, type), "hold a mail");
    require(curl_mime_encoder(entry, "quoted-printable"), "encode a mail");
}

Mime mime_of(const Easy& easy, const Mail& mail, const List& alternative_header) {
    Mime forms(curl_mime_init(easy.get()), curl_mime_free);
    Mime whole(curl_mime_init(easy.get()), curl_mime_free);
    if (!forms || !whole) throw Error(ErrorKind::os, "no memory for a mail");
    add_text(forms.get(), mail.text, "text/plain; charset=utf-8");
    add_text(forms.get(), mail.html, "text/html; charset=utf-8");
    curl_mimepart* only = curl_mime_addpart(whole.get());
    if (!only) throw Error(ErrorKind::os, "no memory for a mail");
    require(curl_mime_subparts(only, forms.release()), "hold a mail");
    require(curl_mime_headers(only, alternative_header.get(), 0), "hold a mail");
    return whole;
}

int on_progress(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::stop_token*>(stop)->stop_requested();
}

ErrorKind kind_of(CURLcode code, long reply) {
    if (code == CURLE_ABORTED_BY_CALLBACK) return ErrorKind::cancelled;
    switch (code) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_USE_SSL_FAILED:
        case CURLE_LOGIN_DENIED:
        case CURLE_UNSUPPORTED_PROTOCOL: return ErrorKind::refused;
        default: return reply >= 500 ? ErrorKind::refused : ErrorKind::unavailable;
    }
}

}  // namespace

SmtpNames smtp_names(const std::string& text) {
    const Url url(curl_url(), curl_url_cleanup);
    const bool parsed =
        url && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    const std::string scheme = parsed ? part(url, CURLUPART_SCHEME) : std::string();
    const bool is_smtp = scheme == "smtp" || scheme == "smtps";
    if (!is_smtp || !part(url, CURLUPART_QUERY).empty() || !part(url, CURLUPART_FRAGMENT).empty()) {
        throw Error(ErrorKind::config, "the URL of the mail server is none")
            .hint("give smtp://user:password@host:587 or smtps://user:password@host");
    }
    return {part(url, CURLUPART_HOST), part(url, CURLUPART_USER, CURLU_URLDECODE)};
}

void send_mail(const SmtpServer& server, const Mail& mail, const std::stop_token& stop) {
    refuse_injection(mail);
    const SmtpNames names = smtp_names(server.url);
    const List headers = list_of(headers_of(mail));
    const List recipients = list_of({"<" + mail.to + ">"});
    const List alternative = list_of({"Content-Type: multipart/alternative"});
    const std::string from = "<" + mail.from + ">";
    char message[CURL_ERROR_SIZE] = "";
    const Easy easy(curl_easy_init(), curl_easy_cleanup);
    if (!easy) throw Error(ErrorKind::os, "libcurl has no memory for a mail");
    const Mime mime = mime_of(easy, mail, alternative);
    set(easy, CURLOPT_ERRORBUFFER, message);
    set(easy, CURLOPT_URL, server.url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_USE_SSL, long{names.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL});
    if (!server.ca_file.empty()) set(easy, CURLOPT_CAINFO, server.ca_file.c_str());
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server.connect_timeout.count()));
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(server.deadline.count()));
    set(easy, CURLOPT_NOPROGRESS, 0L);
    set(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    set(easy, CURLOPT_XFERINFODATA, static_cast<const void*>(&stop));
    set(easy, CURLOPT_MAIL_FROM, from.c_str());
    set(easy, CURLOPT_MAIL_RCPT, recipients.get());
    set(easy, CURLOPT_HTTPHEADER, headers.get());
    set(easy, CURLOPT_MIMEPOST, mime.get());
    const CURLcode code = curl_easy_perform(easy.get());
    if (code == CURLE_OK) return;
    long reply = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply);
    throw Error(kind_of(code, reply),
                fmt::format("mail server {}: {}", names.host, *message ? message : curl_easy_strerror(code)));
}

}  // namespace af
