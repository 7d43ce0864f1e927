#include "stages/builtin/top_counts.hpp"

#include "engine/error.hpp"
#include "stages/builtin/escape.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace af {
namespace {

constexpr std::size_t kEntryBytes = 96;  // a node of the table and its place, about

}  // namespace

void TopCounts::add(std::string_view text, std::uint64_t times) {
    auto found = counts_.find(text);
    if (found == counts_.end()) {
        bytes_ += text.size() + kEntryBytes;
        if (bytes_ > kMostBytes) {
            throw Error(ErrorKind::child_output,
                        fmt::format("top-k: {} different values of one key take too much memory", counts_.size() + 1))
                .hint("count them with the value as part of the key");
        }
        found = counts_.emplace(text, 0).first;
    }
    found->second += times;
}

std::string TopCounts::to_text() const {
    std::vector<std::pair<std::string_view, std::uint64_t>> sorted(counts_.begin(), counts_.end());
    std::sort(sorted.begin(), sorted.end());
    std::string text;
    for (const auto& [item, count] : sorted) {
        append_escaped(text, item);
        fmt::format_to(std::back_inserter(text), "\t{}\t", count);
    }
    return text;
}

void TopCounts::merge(std::string_view counts) {
    const auto refuse = [] { return Error(ErrorKind::child_output, "not part of a top-k"); };
    while (!counts.empty()) {
        const std::size_t tab = counts.find('\t');
        const std::size_t end = tab == counts.npos ? tab : counts.find('\t', tab + 1);
        if (end == counts.npos) throw refuse();
        std::uint64_t count = 0;
        const auto [stop, error] = std::from_chars(counts.data() + tab + 1, counts.data() + end, count);
        if (error != std::errc() || stop != counts.data() + end) throw refuse();
        add(unescaped(counts.substr(0, tab)), count);
        counts.remove_prefix(end + 1);
    }
}

std::string TopCounts::result(std::size_t most) const {
    std::vector<std::pair<std::string_view, std::uint64_t>> sorted(counts_.begin(), counts_.end());
    most = std::min(most, sorted.size());
    std::partial_sort(
        sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(most), sorted.end(),
        [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    nlohmann::json list = nlohmann::json::array();
    for (std::size_t i = 0; i < most; ++i) list.push_back({std::string(sorted[i].first), sorted[i].second});
    return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace af
