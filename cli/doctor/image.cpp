#include "cli/doctor/image.hpp"

#include "cli/cluster.hpp"
#include "cli/doctor/probe.hpp"
#include "cli/image_reference.hpp"
#include "stages/s3/url.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::string_view kManifests =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

std::string manifest_url(const ImageReference& image) {
    const std::string host = image.registry.substr(0, image.registry.rfind(':'));
    const std::string which = !image.digest.empty() ? image.digest : image.tag.empty() ? "latest" : image.tag;
    return fmt::format("{}://{}/v2/{}/manifests/{}", is_loopback(host) ? "http" : "https", image.registry, image.path,
                       which);
}

Task<int> manifest_status(HttpClient& http, std::string url, std::stop_token stop) {
    HttpRequest request;
    request.method = "HEAD";
    request.url = std::move(url);
    request.headers.emplace_back("Accept", kManifests);
    HttpResponse response = co_await http.send(std::move(request), std::move(stop));
    co_return response.status;
}

Finding in_registry(const Environment& environment, const std::string& image, const ImageReference& reference) {
    int status = 0;
    try {
        Probe probe(without_aws(environment), no_store());
        status = probe.wait(manifest_status(probe.session().http(), manifest_url(reference), probe.token()));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::unavailable && error.kind() != ErrorKind::refused) throw;
        return warning(fmt::format("{}: its registry cannot be asked from here: {}", image, error.what()),
                       "no matter if workers reach it");
    }
    if (status == 200) return ok(image + ", which the registry has");
    if (status == 404)
        return wrong(exit_code(ErrorKind::not_found), image + " is not in its registry",
                     "push it, or correct it: af config set image IMAGE");
    return ok(fmt::format("{}; its registry does not say to everybody whether it has it (HTTP {})", image, status));
}

}  // namespace

Finding check_image(const Environment& environment, const std::string& image) {
    return checked("image", std::nullopt, "correct it: af config set image IMAGE", [&] {
        if (image.empty()) return skipped("none is set; af submit takes it as an argument");
        const Result<ImageReference> reference = parse_image_reference(image);
        if (!reference) throw Error(reference.error());
        if (reference->registry.empty()) return ok(image + ", of Docker Hub");
        return in_registry(environment, image, *reference);
    });
}

}  // namespace af
