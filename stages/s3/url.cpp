#include "stages/s3/url.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <netinet/in.h>
#include <optional>

namespace af {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";

bool is_unreserved(unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::array<unsigned char, 16>> ipv6_of(std::string_view host) {
    if (host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
    std::string text(host.substr(1, host.size() - 2));
    if (auto zone = text.find('%'); zone != text.npos) text.resize(zone);
    std::array<unsigned char, 16> address{};
    if (inet_pton(AF_INET6, text.c_str(), address.data()) != 1) return std::nullopt;
    return address;
}

std::optional<std::uint32_t> ipv4_of(std::string_view host) {
    if (auto six = ipv6_of(host)) {
        constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
        if (!std::equal(kMapped.begin(), kMapped.end(), six->begin())) return std::nullopt;
        return std::uint32_t{(*six)[12]} << 24 | std::uint32_t{(*six)[13]} << 16 | std::uint32_t{(*six)[14]} << 8 |
               (*six)[15];
    }
    std::string text(host);
    if (!text.empty() && text.back() == '.') text.pop_back();
    in_addr address{};
    if (inet_aton(text.c_str(), &address) == 0) return std::nullopt;
    return ntohl(address.s_addr);
}

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > 255) return false;
    if (host.front() == '[') return ipv6_of(host).has_value();
    return host.front() != '-' && only_of(host, kLower, "-._");
}

bool is_port(std::string_view port) {
    return !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos &&
           std::stoi(std::string(port)) <= 65535;
}

Failure not_a_url(std::string_view text, std::string_view why) {
    return Failure(
        Error(ErrorKind::refused, fmt::format("URL \"{}\": {}", escaped(text.substr(0, text.find('?'))), why)));
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    for (unsigned char c : text)
        if (c <= 0x20 || c == 0x7f) return not_a_url(text, "contains a space or a control byte");
    auto colon = text.find("://");
    if (colon == text.npos) return not_a_url(text, "does not begin with https://");
    Url url;
    url.scheme = ascii_lower(text.substr(0, colon));
    if (url.scheme != "https" && url.scheme != "http") return not_a_url(text, "only https and http are spoken");
    std::string_view rest = text.substr(colon + 3);
    rest = rest.substr(0, rest.find('#'));
    std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    rest.remove_prefix(authority.size());
    if (authority.find('@') != authority.npos) return not_a_url("...", "user information is not accepted");
    auto bracket = authority.find(']');
    auto port = authority.find(':', bracket == authority.npos ? 0 : bracket);
    url.host = ascii_lower(authority.substr(0, port));
    if (!is_host(url.host)) return not_a_url(text, "has no valid host");
    if (port != authority.npos) {
        url.port = authority.substr(port + 1);
        if (!is_port(url.port)) return not_a_url(text, "has no valid port");
        if (url.port == (url.scheme == "https" ? "443" : "80")) url.port.clear();
    }
    auto question = rest.find('?');
    url.path = rest.substr(0, question);
    if (question != rest.npos) url.query = rest.substr(question + 1);
    return url;
}

std::string percent_encode(std::string_view bytes, std::string_view safe) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (unsigned char c : bytes) {
        if (is_unreserved(c) || safe.find(static_cast<char>(c)) != safe.npos) {
            out.push_back(static_cast<char>(c));
        } else {
            out.push_back('%');
            out.push_back(kDigits[c >> 4]);
            out.push_back(kDigits[c & 15]);
        }
    }
    return out;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
            i += 2;
        } else if (text[i] == '+' && plus_is_space) {
            out.push_back(' ');
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

bool only_of(std::string_view text, std::string_view allowed, std::string_view extra) {
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return allowed.find(c) != allowed.npos || extra.find(c) != extra.npos; });
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool is_loopback(std::string_view host) {
    if (host == "localhost") return true;
    if (auto four = ipv4_of(host)) return *four >> 24 == 127;
    auto six = ipv6_of(host);
    return six && std::all_of(six->begin(), six->end() - 1, [](unsigned char b) { return b == 0; }) && six->back() == 1;
}

bool is_link_local(std::string_view host) {
    if (auto four = ipv4_of(host)) return *four >> 16 == 0xa9fe;
    auto six = ipv6_of(host);
    return six && (*six)[0] == 0xfe && ((*six)[1] & 0xc0) == 0x80;
}

}  // namespace af
