#include "bench/ping.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

using namespace af::bench;
using Json = nlohmann::ordered_json;

namespace {

const PingTopic kTopic{"saved-session", "Firefox", "nightly", "28.0a1", "20131029030201"};

struct Line {
    std::string text;
    Os os;
    Json json() const { return Json::parse(text.substr(text.find('\t') + 1)); }
};

Line ping(std::uint64_t seed, std::size_t bytes, const PingTopic& topic = kTopic) {
    Line line;
    line.os = append_ping(line.text, topic, seed, bytes);
    return line;
}

}  // namespace

TEST_CASE("a ping is one line: a uuid, a tab, and JSON that starts with info", "[bench]") {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const Line line = ping(seed, 20'000);
        CHECK(line.text.find('\t') == 36);
        CHECK(line.text.find('\n') == line.text.size() - 1);
        CHECK(line.text.substr(37, 10) == "{\"info\": {");
        CHECK(line.json()["histograms"].is_object());
    }
}

TEST_CASE("a ping states its topic and the system it was counted under", "[bench]") {
    const Line line = ping(7, 5'000);
    const Json info = line.json()["info"];
    CHECK(info["reason"] == "saved-session");
    CHECK(info["appName"] == "Firefox");
    CHECK(info["appUpdateChannel"] == "nightly");
    CHECK(info["appVersion"] == "28.0a1");
    CHECK(info["appBuildID"] == "20131029030201");
    CHECK(info["OS"] == std::string(os_name(line.os)));
}

TEST_CASE("Fennec runs on Android alone, Firefox on the other systems", "[bench]") {
    PingTopic fennec = kTopic;
    fennec.app_name = "Fennec";
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        CHECK(ping(seed, 3'000, fennec).os == Os::android);
        CHECK(ping(seed, 3'000).os != Os::android);
    }
}

TEST_CASE("a ping has about the size asked for, small, usual and huge", "[bench]") {
    for (const std::size_t bytes : {4'000, 30'000, 60'000, 500'000}) {
        std::size_t sum = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) sum += ping(seed, bytes).text.size();
        CHECK(static_cast<double>(sum) / 20 == Approx(static_cast<double>(bytes)).epsilon(0.1));
    }
}

TEST_CASE("a ping never names a member twice", "[bench]") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Line line = ping(seed, 100'000);
        std::vector<std::set<std::string>> open;
        const auto refuse_twice = [&](int, Json::parse_event_t event, Json& value) {
            if (event == Json::parse_event_t::object_start) open.emplace_back();
            if (event == Json::parse_event_t::object_end) open.pop_back();
            if (event == Json::parse_event_t::key) CHECK(open.back().insert(value.get<std::string>()).second);
            return true;
        };
        CHECK_FALSE(Json::parse(line.text.substr(37), refuse_twice).is_discarded());
    }
}

TEST_CASE("the same seed makes the same ping and another seed another", "[bench]") {
    CHECK(ping(3, 30'000).text == ping(3, 30'000).text);
    CHECK(ping(3, 30'000).text != ping(4, 30'000).text);
}

TEST_CASE("a bad line lacks its tab, or its JSON is cut off", "[bench]") {
    std::string no_tab;
    append_bad_line(no_tab, BadLine::format, kTopic, 1);
    CHECK(no_tab.find('\t') == std::string::npos);
    CHECK(no_tab.back() == '\n');

    std::string cut;
    append_bad_line(cut, BadLine::json, kTopic, 1);
    CHECK(cut.find('\t') == 36);
    CHECK(cut.find('\n') == cut.size() - 1);
    CHECK_FALSE(Json::accept(cut.substr(37)));
}
