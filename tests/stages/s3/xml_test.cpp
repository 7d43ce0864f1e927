#include "stages/s3/xml.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace af;

namespace {

const std::string kPage = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>a%2F</Prefix>
<KeyCount>2</KeyCount><EncodingType>url</EncodingType>
<IsTruncated>true</IsTruncated><NextContinuationToken>tok+1/=</NextContinuationToken>
<Contents><Key>a%2Fb+c%2B%0A%FF</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified>
<ETag>&quot;e1&quot;</ETag><Size>17</Size></Contents>
<Contents><Key>a/plain</Key><ETag>"e2"</ETag><Size>0</Size></Contents>
<CommonPrefixes><Prefix>a%2Fsub%20dir%2F</Prefix></CommonPrefixes></ListBucketResult>)";

S3Failure read(std::string_view body) {
    S3Failure failure;
    read_error_body(body, failure);
    return failure;
}

}  // namespace

TEST_CASE("a listing gives decoded keys, sizes, etags, prefixes and the next token", "[s3][xml]") {
    ListBucketResult page = parse_list_result(kPage).value();
    REQUIRE(page.objects.size() == 2);
    CHECK(page.objects[0].key == "a/b c+\n\xff");
    CHECK(page.objects[0].size == 17);
    CHECK(page.objects[0].etag == "\"e1\"");
    CHECK(page.objects[1].key == "a/plain");
    CHECK(page.common_prefixes == std::vector<std::string>{"a/sub dir/"});
    CHECK(page.next_token == "tok+1/=");
}

TEST_CASE("keys stay as they are when the server does not encode them", "[s3][xml]") {
    auto page = parse_list_result(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a%2Fb+c</Key><Size>1</Size></Contents>"
        "<Contents><Key> </Key><Size>1</Size></Contents></ListBucketResult>");
    REQUIRE(page);
    REQUIRE(page->objects.size() == 2);
    CHECK(page->objects[0].key == "a%2Fb+c");
    CHECK(page->objects[1].key == " ");
    CHECK(page->next_token.empty());
}

TEST_CASE("a listing that cannot be right is refused", "[s3][xml]") {
    const std::string open = "<ListBucketResult>";
    const std::string close = "</ListBucketResult>";
    for (const std::string& xml : std::vector<std::string>{
             "", "<html>", "<Error><Code>InternalError</Code></Error>", open,
             open + "<Contents><Key>k</Key><Size>-1</Size></Contents>" + close,
             open + "<Contents><Key>k</Key><Size>99999999999999999999</Size></Contents>" + close,
             open + "<Contents><Key>k</Key></Contents>" + close, open + "<Contents><Size>1</Size></Contents>" + close,
             open + "<IsTruncated>true</IsTruncated>" + close}) {
        INFO(xml);
        auto page = parse_list_result(xml);
        REQUIRE_FALSE(page);
        CHECK(page.error().kind() == ErrorKind::corrupt);
    }
}

TEST_CASE("entities are not expanded and depth costs no stack", "[s3][xml]") {
    std::string bomb =
        R"(<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Error><Code>&b;</Code></Error>)";
    CHECK(read(bomb).code == "&b;");
    std::string deep;
    for (int i = 0; i < 300'000; ++i) deep += "<a>";
    CHECK_FALSE(parse_list_result(deep));
    CHECK(read(deep).code.empty());
}

TEST_CASE("an error body gives its code, message, region and request id", "[s3][xml]") {
    S3Failure failure = read(
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>eu-west-1</Region>"
        "<RequestId>R1</RequestId></Error>");
    CHECK(failure.code == "AuthorizationHeaderMalformed");
    CHECK(failure.message == "wrong");
    CHECK(failure.region == "eu-west-1");
    CHECK(failure.request_id == "R1");
    CHECK(read("<Error><Code>SlowDown</Code><Mess").code == "SlowDown");
    CHECK(read("<html>bad gateway</html>").code.empty());
    CHECK(read(R"(<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>)").code == "ExpiredToken");
    CHECK(read("<Error><Message>" + std::string(100'000, 'x') + "</Message></Error>").message.size() == 500);
    CHECK(read("<Error><ActualObjectSize>12</ActualObjectSize></Error>").object_size == 12u);
}

TEST_CASE("a damaged listing is an error or a listing, never a crash", "[s3][xml]") {
    std::mt19937 random(3);
    for (int round = 0; round < 3000; ++round) {
        std::string xml = kPage;
        for (unsigned flips = random() % 6; flips > 0; --flips)
            xml[random() % xml.size()] = static_cast<char>(random());
        if (random() % 3 == 0) xml.resize(random() % xml.size());
        auto page = parse_list_result(xml);
        if (page) CHECK(page->objects.size() <= 2);
        read(xml);
    }
}
