#include "stages/s3/sigv4.hpp"

#include "stages/s3/dates.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace af;

namespace {

const AwsKeys kS3Keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const AwsKeys kSuiteKeys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

HttpRequest request_to(std::string url, HttpHeaders headers = {}, std::string method = "GET", std::string body = "") {
    HttpRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.headers = std::move(headers);
    request.body = std::move(body);
    return request;
}

std::string authorization(const HttpRequest& request) {
    return std::string(find_header(request.headers, "authorization").value_or("none"));
}

std::string signature(HttpRequest request, const AwsKeys& keys, std::string service, const char* at) {
    sign(request, keys, SigningScope{"us-east-1", std::move(service), *parse_iso_date(at)});
    std::string text = authorization(request);
    return text.substr(text.rfind('=') + 1);
}

std::string s3_signature(HttpRequest request) {
    return signature(std::move(request), kS3Keys, "s3", "2013-05-24T00:00:00Z");
}
std::string suite_signature(std::string url) {
    return signature(request_to(std::move(url)), kSuiteKeys, "service", "2015-08-30T12:36:00Z");
}

}  // namespace

TEST_CASE("sigv4 signs the examples of the S3 API reference as it does", "[s3][sigv4]") {
    const std::string bucket = "https://examplebucket.s3.amazonaws.com/";
    CHECK(s3_signature(request_to(bucket + "test.txt", {{"Range", "bytes=0-9"}})) ==
          "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    CHECK(s3_signature(request_to(bucket + "?lifecycle")) ==
          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    CHECK(s3_signature(request_to(bucket + "?prefix=J&max-keys=2")) ==
          "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    HttpHeaders put{{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
    CHECK(s3_signature(request_to(bucket + "test%24file.text", put, "PUT", "Welcome to Amazon S3.")) ==
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("sigv4 signs other services as the AWS test suite does", "[s3][sigv4]") {
    const std::string vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    CHECK(suite_signature("https://example.amazonaws.com/") == vanilla);
    CHECK(suite_signature("https://example.amazonaws.com//") == vanilla);
    CHECK(suite_signature("https://example.amazonaws.com/example/..") == vanilla);
    CHECK(suite_signature("https://example.amazonaws.com/?Param2=value2&Param1=value1") ==
          "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
    HttpRequest list_users = request_to("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
                                        {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}});
    CHECK(signature(list_users, kSuiteKeys, "iam", "2015-08-30T12:36:00Z") ==
          "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST_CASE("sigv4 gives random requests the signature that botocore gives them", "[s3][sigv4]") {
    std::ifstream file(AF_BOTOCORE_VECTORS);
    nlohmann::json vectors = nlohmann::json::parse(file);
    REQUIRE(vectors.size() >= 300);
    for (const auto& vector : vectors) {
        HttpRequest request = request_to(vector["url"], {}, vector["method"], vector["body"]);
        for (const auto& [name, value] : vector["headers"].items()) request.headers.emplace_back(name, value);
        AwsKeys keys{vector["access_key_id"], vector["secret_access_key"], vector["session_token"]};
        WallTime at{std::chrono::seconds(vector["time"].get<std::int64_t>())};
        sign(request, keys, SigningScope{vector["region"], vector["service"], at});
        INFO(vector["method"] << " " << vector["url"] << " " << vector["service"]);
        CHECK(authorization(request) == vector["authorization"].get<std::string>());
    }
}

TEST_CASE("sigv4 replaces what an earlier signature left", "[s3][sigv4]") {
    AwsKeys session{"AKIAIOSFODNN7EXAMPLE", "secret", "token"};
    SigningScope first{"us-east-1", "s3", *parse_iso_date("2013-05-24T00:00:00Z")};
    SigningScope second{"eu-west-1", "s3", *parse_iso_date("2014-05-24T00:00:00Z")};
    HttpRequest once = request_to("https://b.s3.amazonaws.com/k");
    sign(once, kS3Keys, second);
    HttpRequest twice = request_to("https://b.s3.amazonaws.com/k");
    sign(twice, session, first);
    sign(twice, kS3Keys, second);
    CHECK(once.headers == twice.headers);
    CHECK_FALSE(find_header(twice.headers, "x-amz-security-token"));
}

TEST_CASE("sigv4 keeps the secret out of the request", "[s3][sigv4]") {
    HttpRequest request = request_to("https://b.s3.amazonaws.com/k");
    sign(request, kS3Keys, SigningScope{"us-east-1", "s3", WallTime{}});
    for (const auto& [name, value] : request.headers) CHECK(value.find(kS3Keys.secret_access_key) == std::string::npos);
}

TEST_CASE("sigv4 with a signing key that is kept signs as with a new one, also when day, region or secret change",
          "[s3][sigv4]") {
    const WallTime day = *parse_iso_date("2013-05-24T00:00:00Z");
    const std::vector<std::pair<AwsKeys, SigningScope>> signers{
        {kS3Keys, {"us-east-1", "s3", day}},
        {kS3Keys, {"us-east-1", "s3", day + std::chrono::hours(1)}},
        {kS3Keys, {"us-east-1", "s3", day + std::chrono::hours(24)}},
        {kS3Keys, {"us-west-2", "s3", day}},
        {kSuiteKeys, {"us-west-2", "s3", day}}};
    SigningKey kept;
    for (const auto& [keys, scope] : signers) {
        HttpRequest once = request_to("https://examplebucket.s3.amazonaws.com/test.txt");
        HttpRequest again = once;
        sign(once, keys, scope);
        sign(again, keys, scope, kept);
        CHECK(authorization(again) == authorization(once));
    }
}
