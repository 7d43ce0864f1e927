#include "stages/s3/credential_endpoints.hpp"

#include "stages/s3/credential_process.hpp"
#include "stages/s3/errors.hpp"
#include "stages/s3/sts.hpp"
#include "stages/s3/xml.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMaxReplyBytes = 64 << 10;
constexpr std::size_t kMaxTokenBytes = 64 << 10;
constexpr std::string_view kContainerHost = "169.254.170.2";

struct Reply {
    int status = 0;
    std::string body;
};

std::string trimmed_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

std::string required_file(const std::string& path, std::string_view variable_name) {
    std::optional<std::string> text = read_small_file(path, kMaxTokenBytes);
    if (!text)
        throw Error(ErrorKind::config, fmt::format("{} names {}, which does not exist", variable_name, escaped(path)));
    return trimmed_end(std::move(*text));
}

Task<Attempt<Reply>> ask(const CredentialContext& context, const HttpRequest& request, std::string_view who,
                         std::stop_token stop) {
    HttpRequest copy = request;
    HttpResponse response = co_await context.http.send(std::move(copy), stop);
    Reply reply{response.status, {}};
    reply.body = co_await read_all(*response.body, kMaxReplyBytes);
    if (response.status == 200) co_return reply;
    S3Failure failure = failure_of(response);
    read_error_body(reply.body, failure);
    S3Verdict verdict = classify(failure);
    if (verdict != S3Verdict::transient && verdict != S3Verdict::throttled) co_return reply;
    Fault fault = verdict == S3Verdict::throttled ? Fault::throttle : Fault::transient;
    co_return tl::make_unexpected(Setback{to_error(failure, who), fault});
}

Task<Reply> ask_patiently(const CredentialContext& context, HttpRequest request, std::string who,
                          std::stop_token stop) {
    Retrier retrier{context.clock, context.random, one_shot_policy()};
    std::function<Task<Attempt<Reply>>(int)> operation = [&](int) { return ask(context, request, who, stop); };
    try {
        Reply reply = co_await retry<Reply>(retrier, operation, stop);
        co_return reply;
    } catch (Error& error) {
        throw std::move(error).during(who);
    }
}

Error rejected(const Reply& reply, std::string_view who) {
    S3Failure failure;
    failure.status = reply.status;
    read_error_body(reply.body, failure);
    ErrorKind kind = classify(failure) == S3Verdict::refresh_credentials ? ErrorKind::expired : ErrorKind::refused;
    return Error(kind,
                 fmt::format("{}: HTTP {} {} {}", who, reply.status, escaped(failure.code), escaped(failure.message)));
}

std::string sts_url(const CredentialContext& context) {
    Result<Url> url = sts_endpoint(context.environment, aws_region(context.environment, context.profile));
    if (!url) throw std::move(url.error());
    return url->origin() + url->path;
}

// The full URI may be plain http only where nobody can listen or answer in between: this host and the two agents'
// addresses.
Url container_url(const CredentialContext& context) {
    std::string text;
    if (auto relative = variable(context.environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"))
        text = fmt::format("http://{}{}{}", kContainerHost, relative->starts_with('/') ? "" : "/", *relative);
    else text = variable(context.environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("");
    Result<Url> url = parse_url(text);
    if (!url) throw std::move(url.error()).during("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    bool known = is_loopback(url->host) || url->host == kContainerHost || url->host == "169.254.170.23" ||
                 url->host == "[fd00:ec2::23]";
    if (!known && (url->scheme != "https" || is_link_local(url->host)))
        throw Error(ErrorKind::refused,
                    fmt::format("AWS_CONTAINER_CREDENTIALS_FULL_URI: {} is not asked for credentials", url->origin()))
            .hint("Plain http goes to loopback, 169.254.170.2 and 169.254.170.23 only; use https.");
    return std::move(*url);
}

std::string container_token(const CredentialContext& context) {
    std::string token = variable(context.environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
    if (auto file = variable(context.environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
        token = required_file(*file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (token.find_first_of(std::string_view("\r\n\0", 3)) != token.npos)
        throw Error(ErrorKind::config, "AWS_CONTAINER_AUTHORIZATION_TOKEN contains a line break or NUL");
    return token;
}

std::string instance_origin(const CredentialContext& context) {
    auto text = variable(context.environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (!text) return "http://169.254.169.254";
    Result<Url> url = parse_url(*text);
    if (!url) throw std::move(url.error()).during("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    return url->origin();
}

HttpRequest instance_request(std::string method, std::string url, HttpHeaders headers) {
    HttpRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.headers = std::move(headers);
    request.connect_timeout = std::chrono::seconds(1);
    request.first_byte_timeout = std::chrono::seconds(1);
    request.stall_timeout = std::chrono::seconds(1);
    request.max_body_bytes = kMaxReplyBytes;
    return request;
}

}  // namespace

Task<AwsCredentials> assume_role_with_web_identity(const CredentialContext& context, WebIdentity identity,
                                                   std::stop_token stop) {
    std::string token = required_file(identity.token_file, "AWS_WEB_IDENTITY_TOKEN_FILE");
    if (identity.session_name.empty()) identity.session_name = "analysis-framework";
    HttpRequest request;
    request.method = "POST";
    request.url = sts_url(context);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "text/xml"}};
    request.body = fmt::format(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}&WebIdentityToken={}",
        percent_encode(identity.role_arn), percent_encode(identity.session_name), percent_encode(token));
    request.max_body_bytes = kMaxReplyBytes;
    Reply reply = co_await ask_patiently(context, std::move(request), "STS AssumeRoleWithWebIdentity", stop);
    if (reply.status != 200)
        throw rejected(reply, "STS AssumeRoleWithWebIdentity")
            .hint("Check AWS_ROLE_ARN and that its trust policy accepts this token.");
    std::optional<StsReply> answer = parse_sts_reply(reply.body, "AssumeRoleWithWebIdentity");
    if (!answer) throw Error(ErrorKind::refused, "STS: the reply has no complete credentials");
    answer->credentials.source = "web identity";
    co_return std::move(answer->credentials);
}

Task<std::optional<AwsCredentials>> container_credentials(const CredentialContext& context, std::stop_token stop) {
    bool relative = variable(context.environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").has_value();
    if (!relative && !variable(context.environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI")) co_return std::nullopt;
    Url url = container_url(context);
    HttpRequest request;
    request.url = url.origin() + url.path + (url.query.empty() ? "" : "?" + url.query);
    request.headers = {{"Accept", "application/json"}};
    std::string token = container_token(context);
    if (!token.empty()) request.headers.emplace_back("Authorization", token);
    request.connect_timeout = request.first_byte_timeout = std::chrono::seconds(2);
    request.max_body_bytes = kMaxReplyBytes;
    Reply reply = co_await ask_patiently(context, std::move(request), "container credentials", stop);
    if (reply.status != 200)
        throw rejected(reply, "container credentials")
            .hint("Check AWS_CONTAINER_AUTHORIZATION_TOKEN and the task's role.");
    Result<AwsCredentials> credentials = parse_credentials_json(reply.body, "container credentials");
    if (!credentials) throw std::move(credentials.error());
    co_return std::move(*credentials);
}

namespace {

// Anything but an answer means that this is no EC2 instance.
Task<std::optional<Reply>> ask_instance(const CredentialContext& context, HttpRequest request, std::stop_token stop) {
    try {
        HttpResponse response = co_await context.http.send(std::move(request), stop);
        Reply reply{response.status, {}};
        reply.body = co_await read_all(*response.body, kMaxReplyBytes);
        if (reply.status != 200) co_return std::nullopt;
        co_return reply;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
    }
    co_return std::nullopt;
}

}  // namespace

Task<std::optional<AwsCredentials>> instance_credentials(const CredentialContext& context, std::stop_token stop) {
    if (is_on(context.environment, "AWS_EC2_METADATA_DISABLED")) co_return std::nullopt;
    std::string origin = instance_origin(context);
    HttpHeaders ttl{{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    HttpRequest token_request = instance_request("PUT", origin + "/latest/api/token", std::move(ttl));
    std::optional<Reply> token = co_await ask_instance(context, std::move(token_request), stop);
    if (!token || token->body.find_first_of("\r\n") != std::string::npos) co_return std::nullopt;

    HttpHeaders with_token{{"X-aws-ec2-metadata-token", token->body}};
    std::string roles = origin + "/latest/meta-data/iam/security-credentials/";
    HttpRequest role_request = instance_request("GET", roles, with_token);
    std::optional<Reply> role = co_await ask_instance(context, std::move(role_request), stop);
    if (!role) co_return std::nullopt;

    std::string name = role->body.substr(0, role->body.find_first_of("\r\n"));
    HttpRequest keys_request = instance_request("GET", roles + percent_encode(name), with_token);
    std::optional<Reply> keys = co_await ask_instance(context, std::move(keys_request), stop);
    if (!keys) co_return std::nullopt;
    Result<AwsCredentials> credentials = parse_credentials_json(keys->body, "instance metadata");
    if (!credentials) throw std::move(credentials.error());
    co_return std::move(*credentials);
}

}  // namespace af
