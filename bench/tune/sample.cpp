#include "bench/tune/sample.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <random>

namespace af::bench {

std::vector<InputObject> parse_index(const std::string& text) {
    std::vector<InputObject> objects;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = std::string_view(text).substr(at, end - at);
        const std::size_t tab = line.rfind('\t');
        InputObject object{.name = std::string(line.substr(0, tab))};
        if (tab == line.npos ||
            std::from_chars(line.data() + tab + 1, line.data() + line.size(), object.bytes).ec != std::errc())
            throw Error(ErrorKind::usage, "its size is not known").about(line).hint("name a folder or an s3:// prefix");
        objects.push_back(std::move(object));
        at = end + 1;
    }
    return objects;
}

std::uint64_t total_bytes(const std::vector<InputObject>& objects) {
    return std::accumulate(objects.begin(), objects.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const InputObject& object) { return sum + object.bytes; });
}

std::vector<InputObject> sample(const std::vector<InputObject>& objects, double share) {
    if (share >= 1) return objects;
    std::vector<InputObject> order = objects;
    std::mt19937 draw(1);
    std::shuffle(order.begin(), order.end(), draw);
    const double wanted = share * static_cast<double>(total_bytes(objects));
    std::vector<InputObject> drawn;
    double bytes = 0;
    for (const InputObject& object : order) {
        if (bytes >= wanted) break;
        if (static_cast<double>(object.bytes) > wanted / 4) continue;
        bytes += static_cast<double>(object.bytes);
        drawn.push_back(object);
    }
    if (!drawn.empty()) return drawn;
    return {*std::min_element(order.begin(), order.end(),
                              [](const InputObject& a, const InputObject& b) { return a.bytes < b.bytes; })};
}

}  // namespace af::bench
