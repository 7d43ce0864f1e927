#include "cli/monitor/page.hpp"

#include <catch2/catch.hpp>

using namespace af;

TEST_CASE("the monitor page is one file that loads nothing", "[monitor]") {
    const std::string page = monitor_page();
    CHECK(page.starts_with("<!doctype html>"));
    CHECK(page.find("src=\"") == page.npos);
    CHECK(page.find("url(") == page.npos);
    CHECK(page.find("@import") == page.npos);
    CHECK(page.find("\nimport ") == page.npos);
    CHECK(page.find("innerHTML") == page.npos);
    CHECK(page.find("script-src 'sha256-") != page.npos);
    for (const char* left : {"@STYLE", "@SCRIPT"}) CHECK(page.find(left) == page.npos);
}

TEST_CASE("what is written into the monitor page cannot become markup", "[monitor]") {
    const std::string page = monitor_page({.root_url = "https://x\"><script>&", .group_id = "G", .proxied = true});
    CHECK(page.find(R"(<meta name="af-root-url" content="https://x&quot;&gt;&lt;script&gt;&amp;">)") != page.npos);
    CHECK(page.find(R"(<meta name="af-task-group" content="G">)") != page.npos);
    CHECK(page.find(R"(<meta name="af-proxied" content="yes">)") != page.npos);
}

TEST_CASE("a published page is linked with the group as its parameters", "[monitor]") {
    CHECK(monitor_link("https://pages.example.org/monitor.html", "https://tc.example.org", "G-1_") ==
          "https://pages.example.org/monitor.html?rootUrl=https%3A%2F%2Ftc.example.org&taskGroupId=G-1_");
    CHECK(monitor_link("https://x/?a=b", "r", "g") == "https://x/?a=b&rootUrl=r&taskGroupId=g");
    CHECK(monitor_link("", "https://tc.example.org", "G").empty());
}
