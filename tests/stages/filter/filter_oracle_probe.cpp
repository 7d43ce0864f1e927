// Reads lines of {"filter": <text of a filter>, "path": <name below the root>, "today": <YYYYMMDD>} and answers each
// with 1 (kept), 0 (left out), "misfit" (not of the layout) or "error" (the filter is refused). For oracle.py.
#include "stages/filter/layout.hpp"
#include "stages/filter/parse_filter.hpp"
#include "tests/support/filter_matches.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

namespace {

const char* answer(const nlohmann::json& question) {
    const int today = question.at("today").get<int>();
    const std::chrono::year_month_day date{std::chrono::year(today / 10000), std::chrono::month(today / 100 % 100),
                                           std::chrono::day(today % 100)};
    try {
        const af::Filter filter = af::parse_filter(question.at("filter").get<std::string>(), "filter", date);
        const std::string path = question.at("path").get<std::string>();
        const auto dimensions = af::dimensions_of(path);
        if (!dimensions) return "misfit";
        return af::test::matches(filter, *dimensions) ? "1" : "0";
    } catch (const af::Error&) {
        return "error";
    }
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) std::cout << answer(nlohmann::json::parse(line)) << '\n';
}
