#include "stages/submit/partition.hpp"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>

namespace af {
namespace {

constexpr std::uint64_t kNoCap = UINT64_MAX;

std::uint64_t divided_up(std::uint64_t what, std::uint64_t by) { return what / by + (what % by != 0 ? 1 : 0); }

// Above it an item is alone.
std::uint64_t ordinary_bytes(const PackLimits& limits) { return limits.loads > 0 ? kNoCap : limits.load_bytes; }

struct Lightest {
    std::uint64_t bytes = 0;
    std::size_t objects = 0;  // among equals the emptier one: so no load stays empty
    std::uint32_t load = 0;
    std::size_t name_bytes = 0;

    bool operator>(const Lightest& other) const {
        return std::tie(bytes, objects, load) > std::tie(other.bytes, other.objects, other.load);
    }
};
using Heap = std::priority_queue<Lightest, std::vector<Lightest>, std::greater<>>;

// Deals `order` out to `loads` loads, numbered from `first`. False when they are full before all is dealt out.
bool deal(std::span<const PackItem> items, std::span<const std::uint32_t> order, const PackLimits& limits,
          std::uint32_t first, std::size_t loads, std::vector<std::uint32_t>& load_of) {
    std::size_t longest = 0;
    for (const std::uint32_t at : order) longest = std::max(longest, items[at].name_bytes);
    std::vector<Lightest> empty(loads);
    for (std::size_t i = 0; i < loads; ++i) empty[i].load = first + static_cast<std::uint32_t>(i);
    Heap open(std::greater<>{}, std::move(empty));
    for (const std::uint32_t at : order) {
        if (open.empty()) return false;
        Lightest load = open.top();
        open.pop();
        load_of[at] = load.load;
        load.bytes += items[at].weight;
        load.name_bytes += items[at].name_bytes;
        ++load.objects;
        // Closed as soon as the longest name might not fit: then every open load has room for any item.
        if (load.objects < limits.load_objects && load.name_bytes + longest <= limits.load_name_bytes) open.push(load);
    }
    return true;
}

std::size_t fewest_loads(std::span<const PackItem> items, std::span<const std::uint32_t> order,
                         const PackLimits& limits) {
    std::uint64_t bytes = 0;
    std::uint64_t name_bytes = 0;
    for (const std::uint32_t at : order) {
        bytes += items[at].weight;
        name_bytes += items[at].name_bytes;
    }
    const std::uint64_t by_bytes = limits.loads > 0 ? limits.loads : divided_up(bytes, limits.load_bytes);
    const std::uint64_t needed = std::max({std::uint64_t(1), by_bytes, divided_up(order.size(), limits.load_objects),
                                           divided_up(name_bytes, limits.load_name_bytes)});
    return std::min<std::uint64_t>(needed, order.size());
}

}  // namespace

Partition balanced_partition(std::span<const PackItem> items, const PackLimits& limits) {
    std::vector<std::uint32_t> order(items.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return items[a].weight != items[b].weight ? items[a].weight > items[b].weight : a < b;
    });
    Partition out;
    out.load_of.resize(items.size());
    std::span<const std::uint32_t> rest(order);
    while (!rest.empty() && items[rest.front()].weight > ordinary_bytes(limits)) {
        out.load_of[rest.front()] = out.loads++;
        rest = rest.subspan(1);
    }
    if (rest.empty()) return out;
    std::size_t loads = fewest_loads(items, rest, limits);
    // Names of unequal length may take more than their sum says; with one load an item it always works.
    while (!deal(items, rest, limits, out.loads, loads, out.load_of))
        loads = std::min(loads + std::max<std::size_t>(1, loads / 16), rest.size());
    out.loads += static_cast<std::uint32_t>(loads);
    return out;
}

}  // namespace af
