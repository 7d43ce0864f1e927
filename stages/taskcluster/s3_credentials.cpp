#include "stages/taskcluster/s3_credentials.hpp"

#include "stages/s3/dates.hpp"
#include "stages/taskcluster/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

AwsCredentials parse_credentials(const nlohmann::json& reply) {
    const JsonFields fields(reply, "the auth service's reply");
    const JsonFields keys(fields.object("credentials"), "the auth service's credentials");
    AwsCredentials credentials;
    credentials.keys = {keys.text("accessKeyId"), keys.text("secretAccessKey"), keys.text("sessionToken")};
    credentials.expires = parse_iso_date(fields.text("expires"));
    credentials.source = "Taskcluster auth";
    if (!credentials.expires) throw Error(ErrorKind::corrupt, "the auth service's reply: \"expires\" is no date");
    return credentials;
}

}  // namespace

Task<AwsCredentials> aws_s3_credentials(TaskclusterClient& client, S3Prefix below, std::stop_token stop) {
    const std::string item = fmt::format("s3://{}/{}", below.bucket, below.prefix);
    ServiceCall call{.service = "auth", .name = "awsS3Credentials"};
    call.path = {"aws", "s3", "read-only", std::move(below.bucket), std::move(below.prefix)};
    try {
        const nlohmann::json reply = co_await client.json(std::move(call), std::move(stop));
        co_return parse_credentials(reply);
    } catch (Error& error) {
        throw std::move(error).about(item);
    }
}

std::unique_ptr<CredentialSource> make_taskcluster_s3_credentials(TaskclusterClient& client, S3Prefix below,
                                                                  Clock& clock) {
    auto load = [&client, below = std::move(below)](std::stop_token stop) {
        return aws_s3_credentials(client, below, std::move(stop));
    };
    return std::make_unique<CachedCredentials>(load, clock);
}

}  // namespace af
