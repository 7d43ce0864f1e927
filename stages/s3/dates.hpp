// The two notations of time that AWS writes.
#pragma once

#include "stages/s3/aws_keys.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace af {

std::optional<WallTime> parse_http_date(std::string_view text);  // "Wed, 21 Oct 2015 07:28:00 GMT"
std::optional<WallTime> parse_iso_date(std::string_view text);   // "2015-10-21T07:28:00Z", "...00.123Z", "...00+02:00"
std::string to_iso_date(WallTime at);                            // "2015-10-21T07:28:00Z"

}  // namespace af
