#include "stages/s3/parted_checksum.hpp"

#include "stages/s3/checksums.hpp"
#include "stages/s3/crc64nvme.hpp"
#include "stages/s3/hash.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

// x-amz-checksum-* of "123456789".
const std::vector<HttpHeaders> kOfNineDigits{
    {{"x-amz-checksum-crc32c", base64("\xe3\x06\x92\x83")}},
    {{"x-amz-checksum-crc32", base64("\xcb\xf4\x39\x26")}},
    {{"x-amz-checksum-crc64nvme", base64("\xae\x8b\x14\x86\x0a\x79\x98\x88")}}};

}  // namespace

TEST_CASE("checksums of parts are joined to that of the whole, wherever it is cut", "[checksum]") {
    const std::string text = "The quick brown fox jumps over the lazy dog, again and again and again.";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const std::string_view first = std::string_view(text).substr(0, cut);
        const std::string_view rest = std::string_view(text).substr(cut);
        CHECK(joined_crc32(crc32(0, first), crc32(0, rest), rest.size()) == crc32(0, text));
        CHECK(joined_crc32c(crc32c(0, first), crc32c(0, rest), rest.size()) == crc32c(0, text));
        CHECK(joined_crc64nvme(crc64nvme(0, first), crc64nvme(0, rest), rest.size()) == crc64nvme(0, text));
    }
    const std::string long_one(10'000'000, 'x');
    CHECK(joined_crc32c(crc32c(0, text), crc32c(0, long_one), long_one.size()) == crc32c(0, text + long_one));
}

TEST_CASE("parts that come in any order are verified as one", "[checksum]") {
    for (const HttpHeaders& headers : kOfNineDigits) {
        PartedChecksum right(headers, 4);
        right.update(2, "678");
        right.update(0, "1");
        right.update(2, "9");
        right.update(0, "234");
        right.update(1, "5");
        INFO(right.algorithm());
        CHECK(right.finish());
        PartedChecksum wrong(headers, 2);
        wrong.update(0, "6789");
        wrong.update(1, "12345");
        CHECK_FALSE(wrong.finish());
        PartedChecksum short_one(headers, 2);
        short_one.update(0, "12345678");
        CHECK_FALSE(short_one.finish());
    }
}

TEST_CASE("where the store has but a digest that cannot be joined, or none, there is nothing to verify with",
          "[checksum]") {
    for (const HttpHeaders& headers :
         std::vector<HttpHeaders>{{}, {{"x-amz-checksum-sha256", "AAAA"}}, {{"x-amz-checksum-crc32", "AAAA-2"}}}) {
        PartedChecksum none(headers, 1);
        none.update(0, "x");
        CHECK(none.algorithm().empty());
        CHECK(none.finish());
    }
}
