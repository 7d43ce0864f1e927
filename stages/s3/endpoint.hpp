// From s3://bucket/key to the URL that is asked for it.
#pragma once

#include "stages/environment.hpp"
#include "stages/s3/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace af {

struct S3Name {
    std::string bucket;
    std::string key;  // any bytes, as they are: nothing is decoded
    bool operator==(const S3Name&) const = default;
};

bool is_s3_name(std::string_view name);  // begins with s3://
// Error(usage) when it is no s3:// name, or the bucket is not 3-63 of [A-Za-z0-9._-] that begin with a letter or digit.
Result<S3Name> parse_s3_name(std::string_view name);
std::string to_text(const S3Name& name);

enum class Addressing { automatic, path, virtual_host };

// Where a bucket is reached. `custom` is empty for AWS itself.
struct S3Endpoint {
    std::optional<Url> custom;
    Addressing addressing = Addressing::automatic;
};

// `endpoint_url` (an option) > AWS_ENDPOINT_URL_S3 > AWS_ENDPOINT_URL > AWS. Only a configured endpoint may be http.
// AF_S3_PATH_STYLE=1 asks for path style unless `addressing` says otherwise. Error(refused) for a link-local host.
Result<S3Endpoint> resolve_endpoint(const Environment& environment, const std::string& endpoint_url = "",
                                    Addressing addressing = Addressing::automatic);

// The URL of an object, or of the bucket when the key is empty. Automatic addressing: virtual host for AWS when the
// bucket is a DNS label, path style for it otherwise (a dot would break the certificate) and for custom endpoints.
std::string object_url(const S3Endpoint& endpoint, std::string_view region, const S3Name& name);

// Letters, digits and hyphens: what a server may tell us to put into a host name.
bool is_region(std::string_view region);

// True when a redirect from `endpoint` may lead to `target`: same scheme and port on the configured host or below it,
// or https on an S3 host of AWS when the endpoint is AWS.
bool redirect_allowed(const S3Endpoint& endpoint, const Url& target);

// The region in s3.<region>.amazonaws.com or s3-<region>.amazonaws.com, after any bucket; empty when there is none.
std::string region_of_host(std::string_view host);

}  // namespace af
