// Which bytes of an object a reply really holds. Pure.
#pragma once

#include "engine/error.hpp"
#include "engine/http.hpp"
#include "stages/object_store.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace af {

std::optional<std::uint64_t> parse_number(std::string_view text);  // decimal digits only, at most INT64_MAX

struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // inclusive
    std::uint64_t total = kUnknownSize;
};
std::optional<ContentRange> parse_content_range(std::string_view text);   // "bytes 5-9/10", "bytes 5-9/*"
std::optional<std::uint64_t> parse_unsatisfied(std::string_view text);    // "bytes */10" -> 10

// What the body of a reply to a request for `range` begins with. Error(unavailable) when it contradicts the request or
// itself.
struct BodySpan {
    std::uint64_t offset = 0;
    std::uint64_t size = kUnknownSize;  // of the whole object
};
Result<BodySpan> body_span(const HttpResponse& response, ByteRange range);

}  // namespace af
