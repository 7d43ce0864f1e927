// The two XML documents S3 answers with. Hostile bytes give an Error or an empty answer, never more than the memory of
// the text itself: no entities but the predefined ones, no external anything, bounded depth.
#pragma once

#include "engine/error.hpp"
#include "stages/s3/errors.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct ListedObject {
    std::string key;  // decoded
    std::uint64_t size = 0;
    std::string etag;  // quotes included
};

struct ListBucketResult {
    std::vector<ListedObject> objects;
    std::vector<std::string> common_prefixes;  // decoded
    std::string next_token;                    // empty: the last page
};

// Error(corrupt) for anything that is no complete ListBucketResult.
Result<ListBucketResult> parse_list_result(std::string_view xml);

// Fills code, message, region, request id and object size from an <Error> body; leaves what the body does not say (it
// may be HTML, empty or cut).
void read_error_body(std::string_view xml, S3Failure& failure);

}  // namespace af
