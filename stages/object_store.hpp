// Where objects are listed and read: S3 (stages/s3), the local file system (stages/local_store).
#pragma once

#include "engine/http.hpp"
#include "stages/records.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace af {

struct ListPage {
    std::vector<ObjectRef> objects;     // ordinals not set
    std::vector<std::string> prefixes;  // common prefixes, as full names (s3://bucket/a/b/)
    std::string next_token;             // empty: this was the last page
    std::vector<std::string> notes;     // for people: what was left out, and why
};

// The bytes [begin, end) of an object; up to its end when that is kUnknownSize.
struct ByteRange {
    ByteRange(std::uint64_t from = 0, std::uint64_t to = kUnknownSize) : begin(from), end(to) {}
    bool whole() const noexcept { return begin == 0 && end == kUnknownSize; }
    std::uint64_t begin;
    std::uint64_t end;
};

// What a read of one object starts with.
struct OpenObject {
    std::uint64_t size = kUnknownSize;  // of the whole object, also when the read began at an offset
    std::uint64_t offset = 0;           // where the body really begins (a server may ignore a range)
    std::string etag;
    HttpHeaders checksums;  // x-amz-checksum-* headers of the whole object, if any
    std::unique_ptr<HttpBody> body;
};

// Threads  called on the network executor; the store outlives every body.
// Errors   not_found, refused, expired, corrupt (changed under us: 412), unavailable. The stores retry what may heal
//          before a body starts; a body that breaks throws and the caller opens again at the offset it has reached.
class ObjectStore {
public:
    virtual ~ObjectStore() = default;
    // One page of what lies below `prefix` (a full name). `delimiter` "" lists everything, "/" or "." one level.
    virtual Task<ListPage> list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) = 0;
    // `if_match`: an etag the object must still have; empty for any. The body may go on behind the end of the range.
    virtual Task<OpenObject> open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) = 0;
};

}  // namespace af
