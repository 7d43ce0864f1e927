#include "cli/image_reference.hpp"

#include "stages/s3/url.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::size_t kMostNameBytes = 255;
constexpr std::size_t kMostTagBytes = 128;
constexpr std::size_t kLeastDigestDigits = 32;
constexpr std::size_t kSha256Digits = 64;
constexpr std::string_view kLowerOrDigit = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::string_view kDigits = "0123456789";

Failure refuse(std::string_view text, std::string_view why) {
    return Failure(Error(ErrorKind::usage, fmt::format("\"{}\" is no image reference: {}", escaped(text), why))
                       .about(text)
                       .hint("write [registry[:port]/]path[:tag][@sha256:digest], e.g. registry.example/analysis:3"));
}

// Takes what lies in front of the first `mark` off `text`, with the mark; all of it when there is none.
std::string_view take_until(std::string_view& text, char mark) {
    const std::string_view part = text.substr(0, text.find(mark));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

bool looks_like_registry(std::string_view part) {
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    return part.find_first_of(".:") != part.npos || part == "localhost" ||
           std::any_of(part.begin(), part.end(), is_capital);
}

bool is_host_name(std::string_view host) {
    while (!host.empty()) {
        const bool more = host.find('.') != host.npos;
        const std::string_view label = take_until(host, '.');
        if (label.empty() || !is_alphanumeric(label, "-") || label.front() == '-' || label.back() == '-') return false;
        if (more && host.empty()) return false;
    }
    return true;
}

bool is_registry(std::string_view text) {
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == text.npos || end == 1 || !only_of(text.substr(1, end - 1), kHexDigits, ":")) return false;
        host = {};
        port = text.substr(end + 1);
        if (port.empty()) return true;
        if (!port.starts_with(':')) return false;
        port.remove_prefix(1);
    } else if (const auto colon = text.find(':'); colon != text.npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (host.empty()) return false;
    } else {
        return is_host_name(host);
    }
    return is_host_name(host) && !port.empty() && port.size() <= 5 && only_of(port, kDigits, "");
}

// Lower-case letters and digits, with single '.', '_', "__" or any number of '-' between them.
bool is_path_part(std::string_view part) {
    if (part.empty() || !only_of(part.substr(0, 1), kLowerOrDigit, "") ||
        !only_of(part.substr(part.size() - 1), kLowerOrDigit, ""))
        return false;
    if (!only_of(part, kLowerOrDigit, "._-")) return false;
    for (std::size_t at = 0; at < part.size();) {
        const auto begin = part.find_first_of("._-", at);
        if (begin == part.npos) break;
        at = std::min(part.find_first_not_of("._-", begin), part.size());
        const std::string_view separator = part.substr(begin, at - begin);
        const bool dashes = separator.find_first_not_of('-') == separator.npos;
        if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
    }
    return true;
}

bool is_tag(std::string_view tag) {
    return !tag.empty() && tag.size() <= kMostTagBytes && is_alphanumeric(tag, "_.-") && tag.front() != '.' &&
           tag.front() != '-';
}

bool is_digest(std::string_view digest) {
    std::string_view digits = digest;
    const std::string_view algorithm = take_until(digits, ':');
    if (algorithm == "sha256") return digits.size() == kSha256Digits && only_of(digits, "0123456789abcdef", "");
    if (algorithm.empty() || !is_alphanumeric(algorithm, "+._-") || !is_alphanumeric(algorithm.substr(0, 1)))
        return false;
    return digits.size() >= kLeastDigestDigits && only_of(digits, kHexDigits, "");
}

}  // namespace

Result<ImageReference> parse_image_reference(std::string_view text) {
    if (text.empty()) return refuse(text, "it is empty");
    if (text.find("://") != text.npos) return refuse(text, "it begins with a scheme, as a URL does");
    ImageReference image;
    std::string_view name = text;
    if (const auto at = name.find('@'); at != name.npos) {
        image.digest = name.substr(at + 1);
        name = name.substr(0, at);
        if (!is_digest(image.digest)) return refuse(text, "the digest behind '@' is not sha256: and 64 hex digits");
    }
    const auto slash = name.find('/');
    if (slash != name.npos && looks_like_registry(name.substr(0, slash))) {
        image.registry = name.substr(0, slash);
        name.remove_prefix(slash + 1);
        if (!is_registry(image.registry))
            return refuse(text, "the registry in front of the first '/' is no host[:port]");
    }
    if (const auto colon = name.rfind(':'); colon != name.npos) {
        image.tag = name.substr(colon + 1);
        name = name.substr(0, colon);
        if (!is_tag(image.tag))
            return refuse(
                text,
                "the tag behind ':' is 1 to 128 letters, digits, '_', '.', '-', and begins with none of the last two");
    }
    image.path = name;
    for (std::string_view rest = name;;) {
        const bool more = rest.find('/') != rest.npos;
        const std::string_view part = take_until(rest, '/');
        if (!is_path_part(part))
            return refuse(
                text,
                fmt::format("\"{}\" in its path is not lower-case letters and digits, with '.', '_', \"__\" or '-' "
                            "between them",
                            escaped(part)));
        if (!more) break;
    }
    if (image.registry.size() + 1 + image.path.size() > kMostNameBytes)
        return refuse(text, fmt::format("its name is longer than {} bytes", kMostNameBytes));
    if (image.registry.empty() && image.tag.empty() && image.digest.empty() && name.size() == kSha256Digits &&
        only_of(name, "0123456789abcdef", ""))
        return refuse(text, "64 hex digits are the id of an image on one machine, not its name");
    return image;
}

}  // namespace af
