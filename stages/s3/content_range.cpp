#include "stages/s3/content_range.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace af {
namespace {

Failure contradiction(std::string_view why) {
    return Failure(Error(ErrorKind::unavailable, fmt::format("the reply's range contradicts the request: {}", why)));
}

std::string end_text(ByteRange range) { return range.end == kUnknownSize ? "" : fmt::format("{}", range.end - 1); }

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > INT64_MAX) return std::nullopt;
    return value;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
    if (!text.starts_with("bytes ")) return std::nullopt;
    text.remove_prefix(6);
    auto dash = text.find('-');
    auto slash = text.find('/');
    if (dash == text.npos || slash == text.npos || slash < dash) return std::nullopt;
    auto first = parse_number(text.substr(0, dash));
    auto last = parse_number(text.substr(dash + 1, slash - dash - 1));
    std::string_view total = text.substr(slash + 1);
    auto size = total == "*" ? std::optional<std::uint64_t>(kUnknownSize) : parse_number(total);
    if (!first || !last || !size || *last < *first || *last >= *size) return std::nullopt;
    return ContentRange{*first, *last, *size};
}

std::optional<std::uint64_t> parse_unsatisfied(std::string_view text) {
    return text.starts_with("bytes */") ? parse_number(text.substr(8)) : std::nullopt;
}

Result<BodySpan> body_span(const HttpResponse& response, ByteRange asked) {
    const auto length_text = find_header(response.headers, "content-length");
    std::uint64_t length = kUnknownSize;
    if (length_text) {
        const auto number = parse_number(*length_text);
        if (!number) return contradiction("its length is no number");
        length = *number;
    }
    if (response.status == 200) return BodySpan{0, length};
    auto text = find_header(response.headers, "content-range");
    auto range = text ? parse_content_range(*text) : std::nullopt;
    if (!range)
        return contradiction(
            fmt::format("HTTP 206 with Content-Range \"{}\"", escaped(text.value_or("").substr(0, 80))));
    const std::uint64_t end = std::min(asked.end, range->total);
    if (range->first != asked.begin || (end != kUnknownSize && range->last + 1 != end))
        return contradiction(fmt::format("asked for {}-{}, got {}-{}/{}", asked.begin, end_text(asked), range->first,
                                         range->last, range->total));
    const bool fits = length == kUnknownSize || length == range->last - range->first + 1;
    if (!fits) return contradiction("its length is another than its range");
    const bool to_the_end = asked.end == kUnknownSize;
    return BodySpan{asked.begin, range->total == kUnknownSize && to_the_end ? range->last + 1 : range->total};
}

}  // namespace af
