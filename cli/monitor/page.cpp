#include "cli/monitor/page.hpp"

#include "container/helpers/embedded.hpp"
#include "engine/error.hpp"
#include "stages/s3/url.hpp"

#include <fmt/format.h>
#include <span>

namespace af {

std::span<const EmbeddedFile> embedded_monitor() noexcept;  // generated: one file

namespace {

std::string attribute(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '"': safe += "&quot;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            default: safe += c;
        }
    }
    return safe;
}

void preset(std::string& page, std::string_view name, std::string_view value) {
    const std::string empty = fmt::format(R"(<meta name="{}" content="">)", name);
    const auto at = page.find(empty);
    if (at == page.npos) throw Error(ErrorKind::bug, fmt::format("the monitor page has no {}", name));
    page.replace(at, empty.size(), fmt::format(R"(<meta name="{}" content="{}">)", name, attribute(value)));
}

}  // namespace

std::string monitor_page(const MonitorPreset& given) {
    std::string page(embedded_monitor().front().contents);
    if (!given.root_url.empty()) preset(page, "af-root-url", given.root_url);
    if (!given.group_id.empty()) preset(page, "af-task-group", given.group_id);
    if (given.proxied) preset(page, "af-proxied", "yes");
    return page;
}

std::string monitor_link(std::string_view published, std::string_view root_url, std::string_view group_id) {
    if (published.empty()) return {};
    const char mark = published.find('?') == published.npos ? '?' : '&';
    return fmt::format("{}{}rootUrl={}&taskGroupId={}", published, mark, percent_encode(root_url),
                       percent_encode(group_id));
}

}  // namespace af
