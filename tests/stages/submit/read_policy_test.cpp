#include "stages/submit/federation_token.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

using namespace af;
using Json = nlohmann::json;

namespace {

std::vector<ObjectRef> named(const std::vector<std::string>& names) {
    std::vector<ObjectRef> objects;
    for (const std::string& name : names) {
        ObjectRef object;
        object.name = name;
        objects.push_back(std::move(object));
    }
    return objects;
}

std::vector<ReadPrefix> prefixes(const std::vector<std::string>& names, std::size_t most = 8) {
    return common_prefixes(named(names), most);
}

using Prefixes = std::vector<ReadPrefix>;

}  // namespace

TEST_CASE("the common prefix of objects is the deepest folder that holds them all", "[submit][policy]") {
    CHECK(prefixes({"s3://telemetry/a/b/1.xz", "s3://telemetry/a/b/2.xz"}) == Prefixes{{"telemetry", "a/b/"}});
    CHECK(prefixes({"s3://telemetry/a/b/1.xz"}) == Prefixes{{"telemetry", "a/b/"}});
    CHECK(prefixes({"s3://telemetry/1.xz", "s3://telemetry/a/2.xz"}) == Prefixes{{"telemetry", ""}});
    CHECK(prefixes({"s3://telemetry/a/1.xz", "s3://telemetry/a/b/2.xz"}) == Prefixes{{"telemetry", "a/"}});
    // Folders that begin alike are different ones.
    CHECK(prefixes({"s3://telemetry/ab/1", "s3://telemetry/ac/1"}, 1) == Prefixes{{"telemetry", ""}});
}

TEST_CASE("a common prefix is split into folders while there are not too many", "[submit][policy]") {
    const std::vector<std::string> names{"s3://telemetry/a/x/1", "s3://telemetry/a/y/1", "s3://telemetry/b/x/1",
                                         "s3://telemetry/b/x/2"};
    CHECK(prefixes(names, 1) == Prefixes{{"telemetry", ""}});
    CHECK(prefixes(names, 2) == Prefixes{{"telemetry", "a/"}, {"telemetry", "b/x/"}});
    CHECK(prefixes(names, 3) == Prefixes{{"telemetry", "a/x/"}, {"telemetry", "a/y/"}, {"telemetry", "b/x/"}});
}

TEST_CASE("each bucket has prefixes of its own, and what is not in S3 has none", "[submit][policy]") {
    CHECK(prefixes({"s3://one/a/1", "/data/2", "s3://two/b/1", "s3://one/a/3"}) ==
          Prefixes{{"one", "a/"}, {"two", "b/"}});
    CHECK(prefixes({"s3://one/a/1", "s3://two/b/1", "s3://three/c/1"}, 1).size() == 3);
    CHECK(prefixes({"/data/1"}).empty());
    CHECK(prefixes({}).empty());
    CHECK_THROWS_AS(prefixes({"s3://a*/b/1"}), Error);
}

TEST_CASE("common prefixes cover every object, whatever the order", "[submit][policy]") {
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> names;
        for (unsigned i = 0; i < 1 + random() % 40; ++i) {
            std::string name = fmt::format("s3://bucket{}", random() % 2);
            for (unsigned depth = 0; depth <= random() % 4; ++depth) name += fmt::format("/{}", random() % 3);
            names.push_back(name);
        }
        const std::size_t most = 1 + random() % 10;
        const Prefixes found = prefixes(names, most);
        INFO("round " << round);
        REQUIRE(found.size() <= std::max<std::size_t>(most, 2));
        for (const std::string& name : names) {
            const auto covers = [&](const ReadPrefix& p) {
                return name.starts_with("s3://" + p.bucket + "/" + p.prefix);
            };
            REQUIRE(std::count_if(found.begin(), found.end(), covers) == 1);
        }
        std::shuffle(names.begin(), names.end(), random);
        REQUIRE(prefixes(names, most) == found);
    }
}

TEST_CASE("the policy allows to read and list below the prefixes, and nothing else", "[submit][policy]") {
    const Prefixes asked{{"telemetry", "saved_session/Firefox/"}, {"telemetry", "idle/"}, {"whole", ""}};
    const Json policy = Json::parse(read_policy(asked));
    CHECK(policy == Json::parse(R"({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::telemetry/saved_session/Firefox/*",
         "arn:aws:s3:::telemetry/idle/*", "arn:aws:s3:::whole/*"]},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::telemetry",
         "Condition": {"StringLike": {"s3:prefix": ["saved_session/Firefox/*", "idle/*"]}}},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::whole"}]})"));
    CHECK(read_policy(asked, "cn-north-1").find("arn:aws-cn:s3:::telemetry/idle/*") != std::string::npos);
}

TEST_CASE("wildcards and variables in names stand for themselves in the policy", "[submit][policy]") {
    const Json policy = Json::parse(read_policy(Prefixes{{"telemetry", "a*b?c${aws:username}\"\\\n/"}}));
    CHECK(policy["Statement"][0]["Resource"][0] == "arn:aws:s3:::telemetry/a${*}b${?}c${$}{aws:username}\"\\\n/*");
    CHECK(policy["Statement"][1]["Condition"]["StringLike"]["s3:prefix"][0] == "a${*}b${?}c${$}{aws:username}\"\\\n/*");
}

TEST_CASE("the policy is ASCII, and names that are not UTF-8 are refused", "[submit][policy]") {
    const std::string policy = read_policy(Prefixes{{"telemetry", "\xE6\xBC\xA2/"}});
    CHECK(std::all_of(policy.begin(), policy.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    CHECK(Json::parse(policy)["Statement"][0]["Resource"][0] == "arn:aws:s3:::telemetry/\xE6\xBC\xA2/*");
    CHECK_THROWS_AS(read_policy(Prefixes{{"telemetry", "\xFF/"}}), Error);
}
