#include "stages/taskcluster/notify.hpp"

#include "stages/text.hpp"

#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr std::size_t kMaxSubject = 255;
constexpr std::size_t kMaxContent = 102'400;
constexpr std::size_t kMaxLinkText = 40;
constexpr std::size_t kMaxLinkHref = 1024;

// Not in the middle of a UTF-8 character.
std::string cut(std::string text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
    text.resize(max_bytes);
    return text;
}

std::string request_body(const Email& email) {
    nlohmann::json body{{"address", email.address},
                        {"subject", cut(email.subject, kMaxSubject)},
                        {"content", cut(email.content, kMaxContent)}};
    if (!email.link_href.empty() && email.link_href.size() <= kMaxLinkHref)
        body["link"] = {{"text", cut(email.link_text.empty() ? "Open" : email.link_text, kMaxLinkText)},
                        {"href", email.link_href}};
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

bool is_email_address(std::string_view text) {
    const auto at = text.find('@');
    if (at == text.npos) return false;
    const std::string_view local = text.substr(0, at);
    const std::string_view host = text.substr(at + 1);
    if (local.empty() || local.size() > 64 || host.empty() || host.size() > 255) return false;
    return local.front() != '-' && is_alphanumeric(local, "._%+-") && is_alphanumeric(host, ".-");
}

Task<void> send_email(TaskclusterClient& client, Email email, std::stop_token stop) {
    if (!is_email_address(email.address))
        throw Error(ErrorKind::usage, "that is not an e-mail address we would write to").about(email.address);
    ServiceCall call{.service = "notify", .name = "email", .method = "POST", .path = {"email"}};
    call.body = request_body(email);
    call.json_reply = false;
    try {
        co_await client.send(std::move(call), std::move(stop));
    } catch (Error& error) {
        throw std::move(error).about(email.address);
    }
}

}  // namespace af
