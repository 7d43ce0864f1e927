// Where a bucket really is, as a redirect tells it. Pure.
#pragma once

#include "stages/s3/endpoint.hpp"
#include "stages/s3/errors.hpp"

#include <string>

namespace af {

struct Reroute {
    std::string region;  // to sign for from now on; empty: the one used so far
    std::string url;     // to ask instead, this once; empty: the URL is made from the region
};

// Error(refused) "REDIRECT_REFUSED": another host than redirect_allowed() accepts, or a redirect that says nothing new.
Result<Reroute> reroute_of(const S3Endpoint& endpoint, const S3Failure& failure, std::string_view region_so_far);

}  // namespace af
