// Where the bytes of an artifact are, and whether we may go there. Pure.
//
// Source   schemas queue/v1/artifact-content-response.json and object/v1/download-method-*.json; rows F12, F13, F35.
#pragma once

#include "engine/error.hpp"
#include "engine/http.hpp"
#include "stages/s3/aws_keys.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace af {

struct ArtifactTarget {
    std::string url;
    std::optional<WallTime> expires{};  // of the signature in the URL
    HttpHeaders checksums{};            // x-amz-checksum-sha256 or -sha512 of the decoded bytes
    bool may_redirect = true;
};

// The URL the queue gives for storage type s3: signed or not, a bucket's or a CDN's.
ArtifactTarget s3_target(std::string url);

// The object service's answer to startDownload. corrupt: no method we accept, or no hash we can verify.
Result<ArtifactTarget> object_target(const nlohmann::json& reply);

// Until when a signed URL (X-Amz-Date and X-Amz-Expires) is good.
std::optional<WallTime> expiry_of(std::string_view url);

// Error(refused): no https URL, a link-local host, or a loopback host. A deployment that is itself at http on a host
// (e.g. on loopback, for tests) may serve artifacts there.
Result<void> check_artifact_url(std::string_view url, std::string_view root_url);

// A Location header seen from `url`: absolute, or a path on the same host.
std::string resolve_location(std::string_view url, std::string_view location);

// 64 or 128 hex digits as the base64 that checksum headers have; empty when `hex` is no such thing.
std::string base64_of_hex(std::string_view hex, std::size_t digits);

}  // namespace af
