#include "stages/s3/xml.hpp"

#include "stages/s3/content_range.hpp"
#include "stages/s3/url.hpp"

#include <cstring>
#include <fmt/format.h>
#include <pugixml.hpp>

namespace af {
namespace {

constexpr unsigned kParse = pugi::parse_default | pugi::parse_ws_pcdata_single;  // a key may be nothing but blanks
constexpr std::size_t kMaxFieldBytes = 500;

Failure bad_list(std::string_view why) {
    return Failure(Error(ErrorKind::corrupt, fmt::format("bucket listing: {}", why)));
}

std::string field(const pugi::xml_node& node, const char* name) {
    return std::string(std::string_view(node.child_value(name)).substr(0, kMaxFieldBytes));
}

Result<std::uint64_t> size_of(const pugi::xml_node& entry) {
    std::string text = field(entry, "Size");
    if (auto size = parse_number(text)) return *size;
    return bad_list(fmt::format("size \"{}\" is not a number of bytes", escaped(text.substr(0, 40))));
}

// Keys come percent-encoded when the server says so; not every server that is asked for it does it.
struct Decode {
    bool encoded;
    std::string operator()(const char* text) const { return encoded ? percent_decode(text, true) : std::string(text); }
};

}  // namespace

Result<ListBucketResult> parse_list_result(std::string_view xml) {
    pugi::xml_document document;
    pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size(), kParse, pugi::encoding_utf8);
    if (!parsed) return bad_list(fmt::format("XML broken at byte {}: {}", parsed.offset, parsed.description()));
    pugi::xml_node root = document.child("ListBucketResult");
    if (!root) return bad_list("the reply is no ListBucketResult");

    Decode decode{std::strcmp(root.child_value("EncodingType"), "url") == 0};
    ListBucketResult out;
    for (pugi::xml_node entry : root.children("Contents")) {
        Result<std::uint64_t> size = size_of(entry);
        if (!size) return Failure(std::move(size.error()));
        ListedObject object{decode(entry.child_value("Key")), *size, entry.child_value("ETag")};
        if (object.key.empty()) return bad_list("an object has no key");
        out.objects.push_back(std::move(object));
    }
    for (pugi::xml_node entry : root.children("CommonPrefixes"))
        out.common_prefixes.push_back(decode(entry.child_value("Prefix")));

    bool truncated = std::strcmp(root.child_value("IsTruncated"), "true") == 0;
    if (truncated) out.next_token = root.child_value("NextContinuationToken");
    if (truncated && out.next_token.empty()) return bad_list("there is more, but no token to ask for it with");
    return out;
}

void read_error_body(std::string_view xml, S3Failure& failure) {
    pugi::xml_document document;
    // What was read before a cut is still there.
    document.load_buffer(xml.data(), xml.size(), kParse, pugi::encoding_utf8);
    pugi::xml_node root = document.child("Error");
    if (!root) root = document.child("ErrorResponse").child("Error");  // STS
    if (!root) return;
    failure.code = field(root, "Code");
    failure.message = field(root, "Message");
    if (failure.region.empty()) failure.region = field(root, "Region");
    if (failure.request_id.empty()) failure.request_id = field(root, "RequestId");
    if (!failure.object_size) failure.object_size = parse_number(field(root, "ActualObjectSize"));
}

}  // namespace af
