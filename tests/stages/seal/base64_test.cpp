#include "stages/seal/base64.hpp"

#include "stages/s3/hash.hpp"

#include <catch2/catch.hpp>

using namespace af;

TEST_CASE("strict base64 reads what base64() writes, of any length", "[seal]") {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        CHECK(strict_base64(base64(bytes)) == bytes);
        bytes.push_back(static_cast<char>(i * 37));
    }
}

TEST_CASE("strict base64 refuses every other way to write the same bytes", "[seal]") {
    REQUIRE(strict_base64("Zg==") == "f");
    for (const char* text : {"Zg", "Zg=", "Zh==", "Zg== ", " Zg==", "Zg==\n", "Z\ng==", "Zg==Zg==", "====", "Z===", "=",
                             "Zm9=", "Zm-_", "Zm9\x80", "Zm\0v"}) {
        INFO(text);
        CHECK_FALSE(strict_base64(text));
    }
}
