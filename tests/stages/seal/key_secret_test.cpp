#include "stages/seal/key_secret.hpp"

#include "engine/error.hpp"
#include "stages/s3/dates.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace af;
using Json = nlohmann::json;

namespace {

const WallTime kMarch = *parse_iso_date("2026-03-01T12:00:00Z");
constexpr std::chrono::hours kDay{24};

std::string text_of(const Secret& secret) { return std::string(secret.view()); }

}  // namespace

TEST_CASE("a secret takes one more key and keeps the ones before while graphs may need them", "[seal][key_secret]") {
    const PrivateKey first = PrivateKey::generate();
    const PrivateKey second = PrivateKey::generate();
    const PrivateKey third = PrivateKey::generate();

    const std::string one = text_of(with_new_key("{}", first, kMarch));
    CHECK(Json::parse(one).at("key") == std::string(first.private_pem().view()));
    CHECK(Json::parse(one).at("created").at(first.kid()) == "2026-03-01T12:00:00Z");

    const std::string two = text_of(with_new_key(one, second, kMarch + 100 * kDay));
    const auto keys = keys_in_secret(two);
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].kid == second.kid());
    CHECK(keys[0].created == kMarch + 100 * kDay);
    CHECK(keys[1].kid == first.kid());

    SECTION("the third comes while the first may still be needed") {
        const auto all = keys_in_secret(text_of(with_new_key(two, third, kMarch + 103 * kDay)));
        REQUIRE(all.size() == 3);
        CHECK(all[0].kid == third.kid());
    }
    SECTION("the third comes when nothing sealed for the first can run any more") {
        const std::string three = text_of(with_new_key(two, third, kMarch + 107 * kDay));
        const auto left = keys_in_secret(three);
        REQUIRE(left.size() == 2);
        CHECK(left[0].kid == third.kid());
        CHECK(left[1].kid == second.kid());
        CHECK_FALSE(Json::parse(three).at("created").contains(first.kid()));
    }
}

TEST_CASE("keys of unknown age and what else a secret holds stay", "[seal][key_secret]") {
    const PrivateKey old = PrivateKey::generate();
    const PrivateKey key = PrivateKey::generate();
    const Json before{{"private_key", std::string(old.private_pem().view())}, {"note", "ours"}, {"created", 7}};
    const std::string secret = text_of(with_new_key(before.dump(), key, kMarch));
    CHECK(Json::parse(secret).at("note") == "ours");
    CHECK(Json::parse(secret).at("private_key") == before.at("private_key"));
    const auto keys = keys_in_secret(secret);
    REQUIRE(keys.size() == 2);
    CHECK(keys[1].kid == old.kid());
    CHECK_FALSE(keys[1].created);
}

TEST_CASE("what is no secret of keys is refused without a word of it", "[seal][key_secret]") {
    const PrivateKey key = PrivateKey::generate();
    const auto bad = GENERATE("", "[]", "canary", R"({"key": "canary"})", R"({"key": "canary PRIVATE KEY"})",
                              R"({"a": "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n"})");
    try {
        with_new_key(bad, key, kMarch);
        FAIL("taken: " << bad);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        CHECK(std::string_view(error.what()).find("canary") == std::string_view::npos);
    }
}
