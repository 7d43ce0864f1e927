// What a request is signed with, and until when.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace af {

using WallTime = std::chrono::system_clock::time_point;

struct AwsKeys {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token;  // empty for long-lived keys

    bool operator==(const AwsKeys&) const = default;
};

struct AwsCredentials {
    AwsKeys keys;
    std::optional<WallTime> expires;  // nullopt: not known, taken as never
    std::string source;               // for messages: "environment", "profile default", ...
};

}  // namespace af
