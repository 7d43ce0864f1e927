#include "stages/near.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <utility>

namespace af {
namespace {

constexpr std::size_t kLongestWord = 64;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    a = a.substr(0, kLongestWord);
    b = b.substr(0, kLongestWord);
    std::array<std::array<std::size_t, kLongestWord + 1>, 3> rows{};  // the row before the last, the last, this one
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i + 2) % 3];
        const auto& two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a.size() % 3][b.size()];
}

std::vector<std::string> near_words(std::string_view word, const std::vector<std::string>& among, std::size_t most) {
    std::vector<std::pair<std::size_t, std::string>> found;
    for (const std::string& candidate : among) {
        const std::size_t distance = edit_distance(lower(word), lower(candidate));
        const std::size_t allowed = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
        if (distance <= allowed && distance < std::max(word.size(), candidate.size()))
            found.emplace_back(distance, candidate);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> out;
    for (auto& [distance, candidate] : found) {
        if (out.size() == most) break;
        if (out.empty() || out.back() != candidate) out.push_back(std::move(candidate));
    }
    return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& among) {
    const std::vector<std::string> near = near_words(word, among, 1);
    if (near.empty()) return {};
    return fmt::format(" (did you mean \"{}\"?)", near.front());
}

}  // namespace af
