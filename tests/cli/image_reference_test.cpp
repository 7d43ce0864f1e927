#include "cli/image_reference.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

}  // namespace

TEST_CASE("an image reference falls into registry, path, tag and digest", "[image]") {
    const auto image = parse_image_reference("registry.example:5000/telemetry/analysis:3@" + kDigest);
    REQUIRE(image);
    CHECK(image->registry == "registry.example:5000");
    CHECK(image->path == "telemetry/analysis");
    CHECK(image->tag == "3");
    CHECK(image->digest == kDigest);
    CHECK(parse_image_reference("user/image")->registry.empty());
    CHECK(parse_image_reference("user/image")->path == "user/image");
    CHECK(parse_image_reference("localhost/image")->registry == "localhost");
    CHECK(parse_image_reference("HOST/image")->registry == "HOST");
    CHECK(parse_image_reference("host/image:5000")->tag == "5000");
}

TEST_CASE("names that registries take are image references", "[image]") {
    const auto text =
        GENERATE(as<std::string>(), "a", "debian:12", "a/b/c/d", "a.b/c", "my_image__x.y---z", "127.0.0.1:5000/x",
                 "[::1]:5000/x", "[2001:db8::1]/x", "localhost:5000/x/y:z", "x:_.-", "a:" + std::string(128, 't'),
                 "x@" + kDigest, "x@sha512+b64u:" + std::string(40, 'F'), std::string(64, 'b') + ":tag");
    INFO(text);
    CHECK(is_image_reference(text));
}

TEST_CASE("what no registry takes is refused, with the part that is wrong", "[image]") {
    const auto [text, why] = GENERATE(table<std::string, std::string>({
        {"", "empty"},
        {"https://registry.example/x", "scheme"},
        {"My_host/image", "registry"},
        {"Image", "path"},
        {"a//b", "path"},
        {"/a", "path"},
        {"a/", "path"},
        {"a..b", "path"},
        {"a___b", "path"},
        {"a-_b", "path"},
        {"-a", "path"},
        {"a b", "path"},
        {"a\nb", "path"},
        {"image; rm -rf", "path"},
        {"x:", "tag"},
        {"x:.a", "tag"},
        {"x:-a", "tag"},
        {"x:" + std::string(129, 't'), "tag"},
        {"x:a:b", "path"},
        {"-host.example/x", "registry"},
        {"host.:5000/x", "registry"},
        {"host.example:/x", "registry"},
        {"host.example:port/x", "registry"},
        {":5000/x", "registry"},
        {"[::1/x", "registry"},
        {"x@", "digest"},
        {"x@sha256:abc", "digest"},
        {"x@sha256:" + std::string(64, 'A'), "digest"},
        {"x@" + kDigest + "@" + kDigest, "digest"},
        {"x@:" + std::string(64, 'a'), "digest"},
        {std::string(256, 'a'), "longer"},
        {std::string(64, 'a'), "64 hex digits"},
    }));
    INFO(text);
    const auto image = parse_image_reference(text);
    REQUIRE_FALSE(image);
    CHECK(image.error().kind() == ErrorKind::usage);
    CHECK_THAT(image.error().what(), Catch::Contains(why));
}
