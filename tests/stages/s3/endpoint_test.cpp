#include "stages/s3/endpoint.hpp"

#include "tests/support/test_environment.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::environment_of;

namespace {

S3Endpoint endpoint_of(std::map<std::string, std::string> variables, std::string option = "",
                       Addressing addressing = Addressing::automatic) {
    return resolve_endpoint(environment_of(std::move(variables)), option, addressing).value();
}

std::string url_at(const S3Endpoint& endpoint, std::string_view name, std::string_view region = "eu-west-1") {
    return object_url(endpoint, region, parse_s3_name(name).value());
}

}  // namespace

TEST_CASE("an s3 name keeps every byte of its key", "[s3][url]") {
    CHECK(parse_s3_name("s3://bucket/a//b/../c ?%2F#\n\xff").value() == S3Name{"bucket", "a//b/../c ?%2F#\n\xff"});
    CHECK(parse_s3_name("s3://bucket").value() == S3Name{"bucket", ""});
    CHECK(parse_s3_name("s3://bucket/").value() == S3Name{"bucket", ""});
    CHECK(parse_s3_name("s3://bucket//a").value() == S3Name{"bucket", "/a"});
    CHECK(to_text({"bucket", "/a"}) == "s3://bucket//a");
}

TEST_CASE("what is no bucket name is refused before it gets into a host name", "[s3][url]") {
    for (std::string_view name :
         {"bucket/key", "s3://", "s3://a/k", "s3:///k", "s3://evil.com:80/k", "s3://a@evil.com/k", "s3://evil.com#/k",
          "s3://evil.com?x/k", "s3://-ab/k", "s3://a..b/k", "s3://a\r\nb/k"}) {
        INFO(name);
        auto parsed = parse_s3_name(name);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().kind() == ErrorKind::usage);
    }
}

TEST_CASE("at AWS a bucket is a virtual host unless its name is no DNS label", "[s3][url]") {
    S3Endpoint aws = endpoint_of({});
    CHECK(url_at(aws, "s3://my-bucket/a b/c+d~é") == "https://my-bucket.s3.eu-west-1.amazonaws.com/a%20b/c%2Bd~%C3%A9");
    CHECK(url_at(aws, "s3://my.bucket/k") == "https://s3.eu-west-1.amazonaws.com/my.bucket/k");
    CHECK(url_at(aws, "s3://My_Bucket/k") == "https://s3.eu-west-1.amazonaws.com/My_Bucket/k");
    CHECK(url_at(aws, "s3://my-bucket/k", "cn-north-1") == "https://my-bucket.s3.cn-north-1.amazonaws.com.cn/k");
    CHECK(url_at(aws, "s3://my-bucket") == "https://my-bucket.s3.eu-west-1.amazonaws.com/");
    CHECK(url_at(endpoint_of({{"AF_S3_PATH_STYLE", "1"}}), "s3://my-bucket/k") ==
          "https://s3.eu-west-1.amazonaws.com/my-bucket/k");
    CHECK(url_at(endpoint_of({}, "", Addressing::path), "s3://my-bucket") ==
          "https://s3.eu-west-1.amazonaws.com/my-bucket");
}

TEST_CASE("a configured endpoint is asked in path style unless virtual hosts are chosen", "[s3][url]") {
    std::map<std::string, std::string> both{{"AWS_ENDPOINT_URL", "https://all.example"},
                                            {"AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000/"}};
    CHECK(url_at(endpoint_of(both), "s3://my-bucket/k") == "http://127.0.0.1:9000/my-bucket/k");
    CHECK(url_at(endpoint_of(both, "https://option.example/base"), "s3://my-bucket/k") ==
          "https://option.example/base/my-bucket/k");
    both.erase("AWS_ENDPOINT_URL_S3");
    CHECK(url_at(endpoint_of(both), "s3://my-bucket/k") == "https://all.example/my-bucket/k");
    CHECK(url_at(endpoint_of(both, "", Addressing::virtual_host), "s3://my-bucket/k") ==
          "https://my-bucket.all.example/k");
}

TEST_CASE("an endpoint at a link-local address is refused in every notation", "[s3][url]") {
    for (const char* url : {"http://169.254.169.254", "http://169.254.170.2/x", "http://2852039166/",
                            "http://0xa9fea9fe", "http://0251.0376.0251.0376", "http://[fe80::1]",
                            "http://[::ffff:169.254.169.254]:80", "http://169.254.169.254."}) {
        INFO(url);
        auto endpoint = resolve_endpoint(environment_of({{"AWS_ENDPOINT_URL_S3", url}}));
        REQUIRE_FALSE(endpoint);
        CHECK(endpoint.error().kind() == ErrorKind::refused);
    }
}

TEST_CASE("what is no http URL is refused", "[s3][url]") {
    for (const char* url :
         {"", "file:///etc/passwd", "gopher://x", "https://", "https://user:pw@host/", "https://ho st/",
          "https://host:0x50/", "https://host:99999/", "https://a\r\nb/", "//host/", "https://[::g]/"}) {
        INFO(url);
        CHECK_FALSE(parse_url(url));
    }
    Url url = parse_url("HTTPS://Example.ORG:443/A%20b?q=1#f").value();
    CHECK(url.origin() == "https://example.org");
    CHECK(url.path == "/A%20b");
    CHECK(url.query == "q=1");
}

TEST_CASE("loopback is told from the hosts that only look like it", "[s3][url]") {
    for (std::string_view host : {"localhost", "127.0.0.1", "127.9.9.9", "[::1]"}) CHECK(is_loopback(host));
    for (std::string_view host : {"localhost.evil.com", "127.0.0.1.evil.com", "[::2]", "10.0.0.1", "evil.com"})
        CHECK_FALSE(is_loopback(host));
}

TEST_CASE("percent encoding is undone by decoding for every byte", "[s3][url]") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
    CHECK(percent_decode(percent_encode(all)) == all);
    CHECK(percent_encode("-_.~") == "-_.~");
    CHECK(percent_decode("a+b%2B%zz%4") == "a+b+%zz%4");
    CHECK(percent_decode("a+b", true) == "a b");
}

TEST_CASE("the region is read from an S3 host name", "[s3][url]") {
    CHECK(region_of_host("b.s3.eu-west-1.amazonaws.com") == "eu-west-1");
    CHECK(region_of_host("b.s3-us-west-2.amazonaws.com") == "us-west-2");
    CHECK(region_of_host("s3.cn-north-1.amazonaws.com.cn") == "cn-north-1");
    CHECK(region_of_host("s3.amazonaws.com") == "");
    CHECK(region_of_host("b.s3.amazonaws.com") == "");
    CHECK(region_of_host("example.org") == "");
}
