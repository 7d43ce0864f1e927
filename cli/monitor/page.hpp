// The monitor page: one HTML file that asks a queue about a task group and shows it. Carried inside the program.
//
// Given    ?rootUrl=…&taskGroupId=… in its own address, or what is written into it here.
// Source   cli/monitor/*.mjs, monitor.html, monitor.css, joined by join.cmake.
#pragma once

#include <string>
#include <string_view>

namespace af {

struct MonitorPreset {
    std::string root_url{};  // empty: as the page's address says
    std::string group_id{};
    bool proxied = false;  // served by `af monitor`, which asks the queue for it
};

// The page as HTML.
std::string monitor_page(const MonitorPreset& preset = {});

// Where people see a group: at `published`, the address of a page that somebody put on a web server. Empty when there
// is none: then `af monitor GROUP` shows it.
std::string monitor_link(std::string_view published, std::string_view root_url, std::string_view group_id);

}  // namespace af
