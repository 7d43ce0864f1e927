// URLs as text: split, percent-encoded, judged by the kind of host they lead to. All pure; nothing is resolved.
#pragma once

#include "engine/error.hpp"

#include <string>
#include <string_view>

namespace af {

// An absolute http or https URL. Path and query stay as they go on the wire (percent-encoded).
struct Url {
    std::string scheme;  // "http" or "https", lower case
    std::string host;    // lower case; an IPv6 address keeps its brackets
    std::string port;    // empty: the scheme's own, also when that one was written out
    std::string path;    // begins with '/' or is empty
    std::string query;   // without '?'

    std::string authority() const { return port.empty() ? host : host + ":" + port; }
    std::string origin() const { return scheme + "://" + authority(); }
};

// Error(refused): another scheme, user information, a host or port that is none, control bytes or spaces.
Result<Url> parse_url(std::string_view text);

// RFC 3986: all but unreserved characters as %XX, upper case. `safe`: characters left as they are besides.
std::string percent_encode(std::string_view bytes, std::string_view safe = "");
// A '%' that starts no two hex digits stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

// Whether each character of `text` is in `allowed` or in `extra`.
bool only_of(std::string_view text, std::string_view allowed, std::string_view extra);

std::string ascii_lower(std::string_view text);

// localhost, 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view host);
// 169.254.0.0/16 and fe80::/10, in every notation that inet_aton() takes: where instance metadata is served.
bool is_link_local(std::string_view host);

}  // namespace af
