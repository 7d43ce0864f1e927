// Hawk: how a request to a Taskcluster service is signed. Pure: time and nonce are handed in.
//
// Source   API.md of mozilla/hawk (version 1 headers and bewits, SHA-256); Taskcluster's manual, "Hawk signatures".
#pragma once

#include "stages/s3/url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct HawkKey {
    std::string client_id;     // printable ASCII without quotes and backslashes
    std::string access_token;  // the secret: goes nowhere but into the MAC
    std::string ext;           // from hawk_ext(); may be empty
};

struct HawkStamp {
    std::int64_t seconds = 0;  // since 1970, by the server's clock
    std::string nonce;         // new for every attempt
};

// What temporary or narrowed credentials add to every signature: base64 of {"certificate": {...}, "authorizedScopes":
// [...]}. `certificate` is the JSON text of one, or empty. Empty when there is neither. Throws Error(config) for a
// certificate that is no JSON object.
std::string hawk_ext(std::string_view certificate, const std::optional<std::vector<std::string>>& authorized_scopes);

// Parameters of the content type ("; charset=utf-8") do not count.
std::string hawk_payload_hash(std::string_view content_type, std::string_view payload);

// The value of the Authorization header. `payload_hash` is empty for a request without a body. Throws Error(config) for
// a client id that cannot be written into a header.
std::string hawk_header(const HawkKey& key, const HawkStamp& stamp, std::string_view method, const Url& url,
                        std::string_view payload_hash);

// `url` with a ?bewit= that lets whoever has it GET just this, until `expires` (seconds since 1970).
std::string hawk_signed_url(const HawkKey& key, const Url& url, std::int64_t expires);

}  // namespace af
