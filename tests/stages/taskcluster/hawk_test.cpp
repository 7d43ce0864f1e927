#include "stages/taskcluster/hawk.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace af;

namespace {

constexpr const char* kClient = "project/test/client";
constexpr const char* kToken = "testToken0123456789_-abcdefghijklmnopqrstuvw";
constexpr std::int64_t kTime = 1795486878;

std::string header_of(std::string_view method, std::string_view url, std::string_view hash = "", std::string ext = "") {
    const HawkKey key{kClient, kToken, std::move(ext)};
    return hawk_header(key, HawkStamp{kTime, "Nonce1"}, method, parse_url(url).value(), hash);
}

std::string mac_in(const std::string& header) {
    const auto begin = header.find(", mac=\"");
    return header.substr(begin + 7, header.size() - begin - 8);
}

std::string text_or_empty(const nlohmann::json& value) { return value.is_null() ? "" : value.get<std::string>(); }

}  // namespace

// MACs that the npm package hawk 9.0.2 computed.
TEST_CASE("A Hawk header carries the MAC that the reference implementation computes", "[taskcluster][hawk]") {
    CHECK(header_of("GET", "https://tc.example.com/api/queue/v1/ping") ==
          "Hawk id=\"project/test/client\", ts=\"1795486878\", nonce=\"Nonce1\", "
          "mac=\"+KovAfqid+9Subqe15R+65haBvgF8ph2cGf7UlzYq6U=\"");
    CHECK(mac_in(header_of("GET", "http://127.0.0.1:18080/api/auth/v1/scopes/current")) ==
          "Z03o7hO37tBikJyf6JDXWpgANZjAzllJfbS9EHdIzEs=");
    CHECK(mac_in(header_of("GET", "https://TC.Example.COM/api/queue/v1/ping")) ==
          "+KovAfqid+9Subqe15R+65haBvgF8ph2cGf7UlzYq6U=");
    CHECK(mac_in(header_of("GET",
                           "https://tc.example.com/api/queue/v1/task-group/V87ZV9cmQE69d_wNxf5fdQ/"
                           "list?limit=2&continuationToken=abc%3D")) == "WyUb9Gah5AVbLamT2CNwwMc4iWHPMaAwczBOg//ip5Q=");
    CHECK(mac_in(header_of("GET",
                           "https://tc.example.com/api/queue/v1/task/V87ZV9cmQE69d_wNxf5fdQ/runs/0/artifacts/"
                           "public%2Fdir%20x%2Fa.txt")) == "OsDzdq0hEdGbx+wovQhnahRruePDmvF1Sov8uuDBja4=");
}

TEST_CASE("A Hawk header covers the payload and the ext", "[taskcluster][hawk]") {
    const std::string put = header_of("PUT", "https://tc.example.com/api/queue/v1/task/V87ZV9cmQE69d_wNxf5fdQ",
                                      hawk_payload_hash("application/json", "{\"a\":1}"));
    CHECK(put.find("hash=\"qKG2AtsqLMhIdy7+OrxWG0bU8wTDncYSW0gmNukAKpI=\"") != put.npos);
    CHECK(mac_in(put) == "N+zEFn4sud33h/SkZo0h2L80LVThktbO8JGwuHbPlRs=");
    const std::string narrowed = header_of("GET", "https://tc.example.com/api/auth/v1/scopes/current", "",
                                           hawk_ext("", std::vector<std::string>{"queue:create-task:*"}));
    CHECK(narrowed.find("ext=\"eyJhdXRob3JpemVkU2NvcGVzIjpbInF1ZXVlOmNyZWF0ZS10YXNrOioiXX0=\"") != narrowed.npos);
    CHECK(mac_in(narrowed) == "+/AFLMYl28l2XEqki0pVcNifOYB5yRroQ1MVLhkQ/jI=");
}

TEST_CASE("A payload hash ignores the parameters and the case of the content type", "[taskcluster][hawk]") {
    CHECK(hawk_payload_hash("Application/JSON; charset=utf-8", "{\"scopes\":[]}") ==
          "im/w8O/YZqe6xv2htcJJ256koWGY/jBSwDsAHujqat0=");
    CHECK(hawk_payload_hash("text/plain", "Thank you for flying Hawk") ==
          "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY=");
    CHECK(hawk_payload_hash("", "") == "B0weSUXsMcb5UhL41FZbrUJCAotzSI3HawE1NPLRUz8=");
}

TEST_CASE("A signed URL ends with the bewit of the reference implementation", "[taskcluster][hawk]") {
    const HawkKey key{kClient, kToken, ""};
    const std::string group = "https://tc.example.com/api/queue/v1/task-group/V87ZV9cmQE69d_wNxf5fdQ/list?limit=2";
    CHECK(
        hawk_signed_url(key, parse_url(group).value(), 1795490478) ==
        group +
            "&bewit=cHJvamVjdC90ZXN0L2NsaWVudFwxNzk1NDkwNDc4XFRRQjQvRVZqVFBaYktlbGxSQkFlWDhsOG41MU92OTBMalVwNkdEMWxrbG"
            "89XA");
    const HawkKey narrowed{kClient, kToken, hawk_ext("", std::vector<std::string>{"queue:status:x"})};
    const std::string current = "http://127.0.0.1:18080/api/auth/v1/scopes/current";
    CHECK(
        hawk_signed_url(narrowed, parse_url(current).value(), 1795490478) ==
        current +
            "?bewit=cHJvamVjdC90ZXN0L2NsaWVudFwxNzk1NDkwNDc4XGhDeU1IQmx6Y1YvUGxaZHlneHVDMHo4VVlnczYzMDVRc3UwMDBDMTFsRD"
            "A9XGV5SmhkWFJvYjNKcGVtVmtVMk52Y0dWeklqcGJJbkYxWlhWbE9uTjBZWFIxY3pwNElsMTk");
}

TEST_CASE("What cannot be written into a Hawk header is refused", "[taskcluster][hawk]") {
    const Url url = parse_url("https://tc.example.com/").value();
    for (const char* id : {"", "a\"b", "a\\b", "a\nb", "\xc3\xa9"}) {
        INFO(id);
        CHECK_THROWS_AS(hawk_header(HawkKey{id, kToken, ""}, HawkStamp{kTime, "n"}, "GET", url, ""), Error);
    }
    CHECK_THROWS_AS(hawk_ext("[]", std::nullopt), Error);
    CHECK_THROWS_AS(hawk_ext("{", std::nullopt), Error);
    CHECK(hawk_ext("", std::nullopt).empty());
}

// The whole list, where it is at hand.
TEST_CASE("Every vector of the reference is reproduced", "[taskcluster][hawk]") {
    if (!std::filesystem::exists(AF_HAWK_VECTORS)) {
        WARN("no " << AF_HAWK_VECTORS << ": only the vectors in this file were checked");
        return;
    }
    std::ifstream file(AF_HAWK_VECTORS);
    const auto vectors = nlohmann::json::parse(file);
    for (const auto& v : vectors["headers"]) {
        INFO(v["label"]);
        const std::string hash = v.contains("payload") ? hawk_payload_hash(v["contentType"].get<std::string>(),
                                                                           v["payload"].get<std::string>())
                                                       : "";
        CHECK(hash == text_or_empty(v["hash"]));
        const HawkKey key{v["clientId"], v["accessToken"], text_or_empty(v["ext"])};
        const HawkStamp stamp{v["ts"], v["nonce"]};
        CHECK(hawk_header(key, stamp, v["method"].get<std::string>(), parse_url(v["url"].get<std::string>()).value(),
                          hash) == v["authorization"]);
    }
    for (const auto& v : vectors["payloadHashes"])
        CHECK(hawk_payload_hash(v["contentType"].get<std::string>(), v["payload"].get<std::string>()) ==
              v["sha256Base64"]);
    for (const auto& v : vectors["bewits"]) {
        INFO(v["label"]);
        const HawkKey key{v["clientId"], v["accessToken"], v["ext"]};
        CHECK(hawk_signed_url(key, parse_url(v["url"].get<std::string>()).value(), v["exp"]) == v["signedUrl"]);
    }
    for (const auto& v : vectors["temporaryCredentials"]) {
        INFO(v["label"]);
        std::optional<std::vector<std::string>> scopes;
        if (v["extDecoded"].contains("authorizedScopes"))
            scopes = v["extDecoded"]["authorizedScopes"].get<std::vector<std::string>>();
        const auto& r = v["request"];
        const std::string ext = hawk_ext(v["certificate"].get<std::string>(), scopes);
        CHECK(ext == r["ext"]);
        const std::string url = "https://" + r["host"].get<std::string>() + r["path"].get<std::string>();
        const HawkKey key{r["clientId"], r["accessToken"], ext};
        const HawkStamp stamp{r["ts"], r["nonce"]};
        CHECK(hawk_header(key, stamp, "GET", parse_url(url).value(), "") == r["authorization"]);
    }
}
