#include "stages/s3/redirect.hpp"

#include <fmt/format.h>

namespace af {
namespace {

Failure refuse(const S3Failure& failure, std::string_view why) {
    return Failure(Error(ErrorKind::refused, fmt::format("REDIRECT_REFUSED: HTTP {} {}", failure.status, why))
                       .hint("Set AWS_REGION to the bucket's region, and AWS_ENDPOINT_URL_S3 if it is not at AWS.")
                       .request(failure.request_id));
}

}  // namespace

Result<Reroute> reroute_of(const S3Endpoint& endpoint, const S3Failure& failure, std::string_view region_so_far) {
    Reroute out;
    if (is_region(failure.region) && failure.region != region_so_far) out.region = failure.region;
    if (failure.location.empty()) {
        if (out.region.empty()) return refuse(failure, "says neither a new region nor where to go");
        return out;
    }
    Result<Url> target = parse_url(failure.location);
    if (!target) return refuse(failure, "leads to something that is no https URL");
    if (!redirect_allowed(endpoint, *target)) return refuse(failure, fmt::format("leads to {}", target->origin()));
    std::string named = region_of_host(target->host);
    if (out.region.empty() && !named.empty() && named != region_so_far) out.region = named;
    if (out.region.empty() || endpoint.custom) out.url = failure.location;
    return out;
}

}  // namespace af
