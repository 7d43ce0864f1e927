#include "stages/submit/federation_token.hpp"

#include "engine/retry_http.hpp"
#include "stages/s3/dates.hpp"
#include "stages/s3/error_body.hpp"
#include "stages/s3/errors.hpp"
#include "stages/s3/sigv4.hpp"
#include "stages/s3/sts.hpp"
#include "stages/s3/xml.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>

namespace af {
namespace {

constexpr std::size_t kMostReplyBytes = 64 << 10;
constexpr std::size_t kShortestName = 2;
constexpr std::size_t kLongestName = 32;
constexpr std::string_view kNameExtras = "_+=,.@-";

struct Advice {
    std::string_view code, hint;
};
constexpr std::array kAdvice{
    Advice{"AccessDenied",
           "GetFederationToken takes the keys of an IAM user who may call sts:GetFederationToken; keys of a "
           "role or a session cannot."},
    Advice{"InvalidClientTokenId",
           "STS does not know the access key: check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and the "
           "region."},
    Advice{"SignatureDoesNotMatch", "The secret key does not belong to the access key: check AWS_SECRET_ACCESS_KEY."},
    Advice{"MalformedPolicyDocument",
           "STS cannot read the policy that the names of the objects make; read the job from "
           "folders with plainer names."},
    Advice{"PackedPolicyTooLarge",
           "The objects have too many common folders for one token: select fewer, or run several "
           "jobs."},
    Advice{"RegionDisabledException",
           "Activate STS for this region in the account's settings, or set AWS_REGION to another."},
};

struct Answer {
    int status = 0;
    std::string body;
    S3Failure failure;
    std::optional<WallTime> time;  // of the server
    std::optional<Duration> hint;
};

void check(const FederationRequest& request) {
    if (request.duration < kShortestToken || request.duration > kLongestToken)
        throw Error(ErrorKind::usage,
                    fmt::format("a token for {} s was asked for; STS gives them for {} to {} s",
                                request.duration.count(), kShortestToken.count(), kLongestToken.count()))
            .hint("Tokens live 36 hours at most: choose an earlier deadline.");
    if (request.policy.empty() || request.policy.size() > kMostPolicyBytes)
        throw Error(ErrorKind::config, fmt::format("the policy of the token has {} characters; 1 to {} are possible",
                                                  request.policy.size(), kMostPolicyBytes))
            .hint("The objects have too many or too long common folders: select fewer, or run several jobs.");
    const std::size_t length = request.name.size();
    if (length < kShortestName || length > kLongestName || !is_alphanumeric(request.name, kNameExtras))
        throw Error(ErrorKind::usage, fmt::format("\"{}\" cannot be the name of a token", escaped(request.name)))
            .hint("It has 2 to 32 letters, digits or _+=,.@-.");
}

HttpRequest post_of(const StsOptions& sts, const FederationRequest& request) {
    HttpRequest post;
    post.method = "POST";
    post.url = sts.url;
    post.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}, {"Accept", "text/xml"}};
    post.body = fmt::format("Action=GetFederationToken&Version=2011-06-15&Name={}&DurationSeconds={}&Policy={}",
                            percent_encode(request.name), request.duration.count(), percent_encode(request.policy));
    post.max_body_bytes = kMostReplyBytes;
    return post;
}

// STS tells an old signature and a wrong one apart in words only.
bool is_clock_skew(const S3Failure& failure) {
    return classify(failure) == S3Verdict::clock_skew ||
           (failure.code == "SignatureDoesNotMatch" && (failure.message.starts_with("Signature expired") ||
                                                        failure.message.starts_with("Signature not yet current")));
}

// The first line, without what it was signed with: services quote the request that they signed to compare, below it.
std::string safe_message(std::string_view message, const AwsKeys& signer) {
    std::string text(message.substr(0, message.find_first_of("\r\n")));
    for (const std::string* secret : {&signer.secret_access_key, &signer.session_token}) {
        if (secret->empty()) continue;
        for (std::size_t at = 0; (at = text.find(*secret, at)) != text.npos;)
            text.replace(at, secret->size(), "(hidden)");
    }
    return escaped(text);
}

std::string_view hint_of(const S3Failure& failure) {
    for (const Advice& advice : kAdvice) {
        if (failure.code == advice.code) return advice.hint;
    }
    if (classify(failure) == S3Verdict::refresh_credentials) return "The keys have run out: sign in again.";
    if (failure.status == 429 || failure.status >= 500) return "STS had a failure of its own; try again later.";
    return "";
}

ErrorKind kind_of(const S3Failure& failure) {
    switch (classify(failure)) {
        case S3Verdict::refresh_credentials: return ErrorKind::expired;
        case S3Verdict::transient:
        case S3Verdict::throttled: return ErrorKind::unavailable;
        default: return failure.status >= 500 ? ErrorKind::unavailable : ErrorKind::refused;
    }
}

Error refusal(const Answer& answer, const AwsKeys& signer) {
    const S3Failure& failure = answer.failure;
    if (failure.code.empty() && failure.status < 500 && failure.status != 429)
        return Error(ErrorKind::refused, fmt::format("HTTP {} with a body that is no error of STS", failure.status))
            .hint("Something else answers there, e.g. a proxy: check AWS_ENDPOINT_URL_STS and the network.")
            .request(failure.request_id);
    std::string text = fmt::format("HTTP {}", failure.status);
    if (!failure.code.empty()) text += " " + escaped(failure.code);
    if (!failure.message.empty()) text += ": " + safe_message(failure.message, signer);
    return Error(kind_of(failure), std::move(text)).hint(hint_of(failure)).request(failure.request_id);
}

// One conversation with STS: the request, and by how much this clock is off.
class Conversation {
public:
    Conversation(HttpClient& http, Clock& clock, StsOptions sts, AwsKeys signer, HttpRequest post)
        : http_(http), clock_(clock), sts_(std::move(sts)), signer_(std::move(signer)), post_(std::move(post)) {}

    Task<Attempt<FederationToken>> ask(int attempt, std::stop_token stop) {
        Answer answer = co_await send(attempt > 1, stop);
        if (answer.status != 200 && is_clock_skew(answer.failure) && answer.time && !corrected_) {
            offset_ = *answer.time - clock_.wall();
            corrected_ = true;
            answer = co_await send(false, stop);
        }
        co_return judge(answer);
    }

private:
    Task<Answer> send(bool fresh, std::stop_token stop) {
        HttpRequest request = post_;
        request.fresh_connection = fresh;
        const SigningScope scope{sts_.region, "sts", clock_.wall() + offset_};
        sign(request, signer_, scope);
        HttpResponse response = co_await http_.send(std::move(request), stop);
        Answer answer;
        answer.status = response.status;
        answer.failure = failure_of(response);
        answer.failure.request_id = header_text(response.headers, "x-amzn-requestid");
        answer.time = parse_http_date(header_text(response.headers, "date"));
        answer.hint = retry_hint(response.headers);
        if (response.status == 200) {
            answer.body = co_await read_all(*response.body, kMostReplyBytes);
        } else {
            const std::string text = co_await error_body(response);
            read_error_body(text, answer.failure);
        }
        co_return answer;
    }

    Attempt<FederationToken> judge(const Answer& answer) const {
        if (answer.status == 200) {
            std::optional<StsReply> reply = parse_sts_reply(answer.body, "GetFederationToken");
            if (!reply)
                return final_setback(
                    Error(ErrorKind::corrupt, "HTTP 200 with a body that is no GetFederationTokenResponse")
                        .hint("Something else answers there: check AWS_ENDPOINT_URL_STS and the network."));
            reply->credentials.source = "GetFederationToken";
            return FederationToken{std::move(reply->credentials), reply->packed_policy_percent};
        }
        if (is_clock_skew(answer.failure)) return final_setback(skew(answer));
        const bool throttled = classify(answer.failure) == S3Verdict::throttled;
        Error error = refusal(answer, signer_);
        if (!error.may_heal()) return final_setback(std::move(error));
        return tl::make_unexpected(
            Setback{std::move(error), throttled ? Fault::throttle : Fault::transient, answer.hint});
    }

    Error skew(const Answer& answer) const {
        const std::string there = answer.time ? to_iso_date(*answer.time) : "unknown";
        return Error(ErrorKind::refused,
                     fmt::format("CLOCK_SKEW: HTTP {} {}: the time is {} here and {} there", answer.status,
                                 escaped(answer.failure.code), to_iso_date(clock_.wall()), there))
            .hint("Set this machine's clock: a signature is valid within 15 minutes only.")
            .request(answer.failure.request_id);
    }

    HttpClient& http_;
    Clock& clock_;
    StsOptions sts_;
    AwsKeys signer_;
    HttpRequest post_;
    WallTime::duration offset_{0};
    bool corrected_ = false;
};

}  // namespace

std::string federation_name(std::string_view owner) {
    std::string name;
    for (const char c : owner) {
        if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // inside a UTF-8 character
        name.push_back(is_alphanumeric(std::string_view(&c, 1), kNameExtras) ? c : '-');
    }
    if (name.size() < kShortestName) name.insert(0, "af-");
    return name.substr(0, kLongestName);
}

Result<StsOptions> resolve_sts(const Environment& environment, const std::string& region) {
    Result<Url> url = sts_endpoint(environment, region);
    if (!url) return Failure(std::move(url.error()));
    if (url->scheme != "https" && !is_loopback(url->host))
        return Failure(
            Error(ErrorKind::refused, fmt::format("{}: keys are not asked for over plain http", url->origin()))
                .hint("Set AWS_ENDPOINT_URL_STS to an https URL."));
    if (region.empty()) return Failure(Error(ErrorKind::config, "no AWS region to sign for").hint("Set AWS_REGION."));
    return StsOptions{url->origin() + url->path, region};
}

Task<FederationToken> get_federation_token(HttpClient& http, Retrier retrier, StsOptions sts, AwsKeys signer,
                                           FederationRequest request, std::stop_token stop) {
    const std::string step = "STS GetFederationToken at " + host_of(sts.url);
    check(request);
    if (signer.access_key_id.empty() || signer.secret_access_key.empty())
        throw Error(ErrorKind::refused, "STS GetFederationToken: there are no AWS keys to sign with")
            .hint("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.");
    retrier.policy = one_shot_policy();
    HttpRequest post = post_of(sts, request);
    Conversation conversation(http, retrier.clock, std::move(sts), std::move(signer), std::move(post));
    std::function<Task<Attempt<FederationToken>>(int)> operation = [&](int attempt) {
        return conversation.ask(attempt, stop);
    };
    try {
        FederationToken token = co_await retry<FederationToken>(retrier, operation, stop);
        co_return token;
    } catch (Error& error) {
        throw std::move(error).during(step);
    }
}

}  // namespace af
