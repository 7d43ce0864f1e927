#include "stages/s3/sts.hpp"

#include "stages/s3/dates.hpp"
#include "stages/s3/endpoint.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

namespace af {

Result<Url> sts_endpoint(const Environment& environment, std::string_view region) {
    for (std::string_view name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}) {
        const std::optional<std::string> text = variable(environment, name);
        if (!text) continue;
        Result<Url> url = parse_url(*text);
        if (!url) return Failure(std::move(url.error()).during(name));
        if (is_link_local(url->host))
            return Failure(Error(ErrorKind::refused, fmt::format("{}: {} is a link-local address", name, url->host)));
        url->query.clear();
        if (url->path.empty()) url->path = "/";
        return url;
    }
    if (!is_region(region))
        return Failure(Error(ErrorKind::config, fmt::format("\"{}\" is not an AWS region", escaped(region))));
    return parse_url(fmt::format("https://sts.{}.amazonaws.com{}/", region, region.starts_with("cn-") ? ".cn" : ""));
}

std::optional<StsReply> parse_sts_reply(std::string_view xml, const std::string& action) {
    pugi::xml_document document;
    document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
    const pugi::xml_node result = document.child((action + "Response").c_str()).child((action + "Result").c_str());
    const pugi::xml_node node = result.child("Credentials");
    StsReply reply;
    AwsKeys& keys = reply.credentials.keys;
    keys = {node.child_value("AccessKeyId"), node.child_value("SecretAccessKey"), node.child_value("SessionToken")};
    reply.credentials.expires = parse_iso_date(node.child_value("Expiration"));
    reply.packed_policy_percent = result.child("PackedPolicySize").text().as_uint();
    const bool complete = !keys.access_key_id.empty() && !keys.secret_access_key.empty() &&
                          !keys.session_token.empty() && reply.credentials.expires;
    if (!complete) return std::nullopt;
    return reply;
}

}  // namespace af
