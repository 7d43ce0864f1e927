#include "stages/s3/checksums.hpp"
#include "stages/s3/crc64nvme.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace af;

namespace {

HttpHeaders header(std::string algorithm, std::string value) {
    return {{"x-amz-checksum-" + algorithm, std::move(value)}};
}

bool accepts(const HttpHeaders& headers, std::string_view bytes) {
    ChecksumVerifier verifier(headers);
    verifier.update(bytes);
    return verifier.finish().has_value();
}

}  // namespace

TEST_CASE("the CRCs have their published check values", "[s3][checksums]") {
    CHECK(crc32c(0, "123456789") == 0xe3069283);
    CHECK(crc32(0, "123456789") == 0xcbf43926);
    CHECK(crc64nvme(0, "123456789") == 0xae8b14860a799888);
    CHECK(crc32c(0, "") == 0);
    CHECK(crc64nvme(0, "") == 0);
}

TEST_CASE("a CRC does not depend on how the bytes are cut", "[s3][checksums]") {
    std::mt19937 random(7);
    std::string bytes(5000, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (int round = 0; round < 200; ++round) {
        std::size_t cut = random() % bytes.size();
        std::string_view head = std::string_view(bytes).substr(0, cut);
        std::string_view tail = std::string_view(bytes).substr(cut);
        REQUIRE(crc32c(crc32c(0, head), tail) == crc32c(0, bytes));
        REQUIRE(crc32(crc32(0, head), tail) == crc32(0, bytes));
        REQUIRE(crc64nvme(crc64nvme(0, head), tail) == crc64nvme(0, bytes));
    }
}

TEST_CASE("CRC-64/NVME by multiplication is that by tables, for every length and start", "[s3][checksums]") {
    std::mt19937_64 random(11);
    std::string bytes(3000, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    for (std::size_t length = 0; length <= 700; ++length) {
        const std::string_view text = std::string_view(bytes).substr(random() % 2000, length);
        const std::uint64_t before = random();
        REQUIRE(crc64nvme(before, text) == detail::crc64nvme_by_tables(before, text));
    }
    CHECK(crc64nvme(0, std::string(4096, '\xff')) == detail::crc64nvme_by_tables(0, std::string(4096, '\xff')));
}

TEST_CASE("a verifier accepts the stored bytes and refuses any other, for each algorithm", "[s3][checksums]") {
    const std::vector<HttpHeaders> stored{header("crc32c", "4waSgw=="), header("crc32", "y/Q5Jg=="),
                                          header("crc64nvme", "rosUhgp5mIg="),
                                          header("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
                                          header("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=")};
    for (const HttpHeaders& headers : stored) {
        INFO(headers[0].first);
        CHECK(ChecksumVerifier(headers).algorithm().size() >= 4);
        CHECK(accepts(headers, "123456789"));
        CHECK_FALSE(accepts(headers, "123456788"));
        CHECK_FALSE(accepts(headers, "12345678"));
        CHECK_FALSE(accepts(headers, ""));
    }
}

TEST_CASE("a flipped bit anywhere is found and the error says what and why", "[s3][checksums]") {
    std::string bytes(1000, 'x');
    ChecksumVerifier whole(header("crc32c", "AAAAAA=="));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        REQUIRE(crc32c(0, flipped) != crc32c(0, bytes));
    }
    whole.update(bytes);
    auto verdict = whole.finish();
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().kind() == ErrorKind::corrupt);
    CHECK(std::string(verdict.error().what()).find("CHECKSUM") == 0);
}

TEST_CASE("a checksum of parts says nothing about the whole and is skipped", "[s3][checksums]") {
    CHECK(ChecksumVerifier(header("crc32c", "4waSgw==-3")).algorithm().empty());
    HttpHeaders typed{{"x-amz-checksum-crc32", "AAAAAA=="}, {"x-amz-checksum-type", "COMPOSITE"}};
    CHECK(ChecksumVerifier(typed).algorithm().empty());
    CHECK(accepts(typed, "anything"));
    CHECK(accepts({}, "anything"));
}

TEST_CASE("the cheapest checksum is the one that is computed", "[s3][checksums]") {
    HttpHeaders several{{"X-Amz-Checksum-SHA256", "x"}, {"X-Amz-Checksum-CRC32C", "4waSgw=="}};
    CHECK(ChecksumVerifier(several).algorithm() == "crc32c");
    CHECK(accepts(several, "123456789"));
}
