#include "stages/submit/pack.hpp"

#include "stages/submit/partition.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <tuple>

namespace af {
namespace {

// Adds sizes that an index or a manifest may have made up.
std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

std::vector<PackItem> items_of(const std::vector<ObjectRef>& objects, const PackLimits& limits) {
    std::vector<PackItem> items;
    items.reserve(objects.size());
    for (const ObjectRef& object : objects) {
        const std::uint64_t bytes = object.size == kUnknownSize ? limits.unknown_bytes : object.size;
        items.push_back({std::min(bytes, kMostWeight), object.name.size()});
    }
    return items;
}

// 1, 2, 5, 10, 20 ...: values that people like to type.
std::uint64_t round_value_above(std::uint64_t value) {
    for (std::uint64_t power = 1;; power *= 10) {
        for (const std::uint64_t digit : {1, 2, 5}) {
            if (digit * power > value) return digit * power;
        }
    }
}

// As --load-size takes it. `bytes` is a round value.
std::string size_option(std::uint64_t bytes) {
    using Unit = std::pair<std::uint64_t, std::string_view>;
    constexpr std::array<Unit, 3> kUnits{Unit(1'000'000'000, "GB"), Unit(1'000'000, "MB"), Unit(1'000, "KB")};
    for (const auto& [size, name] : kUnits) {
        if (bytes >= size) return fmt::format("{}{}", bytes / size, name);
    }
    return fmt::format("{}", bytes);
}

// The smallest round limits that need no more than max_loads; nullopt when none do.
std::optional<std::string> options_that_fit(std::span<const PackItem> items, PackLimits limits) {
    const auto fits = [&](const PackLimits& tried) {
        return balanced_partition(items, tried).loads <= tried.max_loads;
    };
    std::string options;
    PackLimits without_bytes = limits;
    without_bytes.load_bytes = UINT64_MAX;
    while (!fits(without_bytes)) {
        if (limits.load_objects >= items.size()) return std::nullopt;
        limits.load_objects = without_bytes.load_objects = round_value_above(limits.load_objects);
        options = fmt::format("--load-files {}", limits.load_objects);
    }
    bool larger = false;
    while (limits.loads == 0 && !fits(limits)) {
        limits.load_bytes = round_value_above(limits.load_bytes);
        larger = true;
    }
    if (larger) options += fmt::format("{}--load-size {}", options.empty() ? "" : " ", size_option(limits.load_bytes));
    return options;
}

Error too_many(std::span<const PackItem> items, const PackLimits& limits, std::uint32_t loads) {
    Error error(ErrorKind::usage,
                fmt::format("{} make {}, more than the {} that one job can have", plural(items.size(), "object"),
                            plural(loads, "map task"), count_text(limits.max_loads)));
    if (limits.loads > limits.max_loads)
        return std::move(error).hint(fmt::format("Ask for at most {} tasks.", count_text(limits.max_loads)));
    const std::optional<std::string> options = options_that_fit(items, limits);
    if (!options) return std::move(error).hint("Select fewer objects, or split them into several jobs.");
    return std::move(error).hint(fmt::format("Give {} for larger tasks, or select fewer objects.", *options));
}

PackLimits checked(PackLimits limits) {
    if (limits.load_bytes == 0) throw Error(ErrorKind::usage, "--load-size must be above 0");
    if (limits.load_objects == 0) throw Error(ErrorKind::usage, "--load-files must be above 0");
    if (limits.load_name_bytes == 0) throw Error(ErrorKind::bug, "load_name_bytes is 0");
    limits.load_bytes = std::min(limits.load_bytes, kMostWeight);
    return limits;
}

// In which the loads stand: the heaviest starts first, for it takes longest.
std::vector<std::uint32_t> places_of(const Partition& parts, std::span<const PackItem> items) {
    std::vector<std::uint32_t> loads(parts.loads);
    std::iota(loads.begin(), loads.end(), 0);
    std::vector<std::uint64_t> weights(parts.loads);
    for (std::size_t i = 0; i < items.size(); ++i) weights[parts.load_of[i]] += items[i].weight;
    std::stable_sort(loads.begin(), loads.end(), [&](auto a, auto b) { return weights[a] > weights[b]; });
    std::vector<std::uint32_t> places(parts.loads);
    for (std::uint32_t place = 0; place < loads.size(); ++place) places[loads[place]] = place;
    return places;
}

}  // namespace

std::vector<Load> pack(std::vector<ObjectRef> objects, const PackLimits& asked) {
    const PackLimits limits = checked(asked);
    const auto by_name = [](const ObjectRef& a, const ObjectRef& b) {
        const int names = a.name.compare(b.name);
        return names != 0 ? names < 0 : std::tie(a.size, a.etag) < std::tie(b.size, b.etag);
    };
    // A list from list_inputs() or query_index() is sorted already.
    if (!std::is_sorted(objects.begin(), objects.end(), by_name)) std::sort(objects.begin(), objects.end(), by_name);
    const std::vector<PackItem> items = items_of(objects, limits);
    const Partition parts = balanced_partition(items, limits);
    if (parts.loads > limits.max_loads) throw too_many(items, limits, parts.loads);

    const std::vector<std::uint32_t> places = places_of(parts, items);
    std::vector<std::size_t> counts(parts.loads);
    for (const std::uint32_t load : parts.load_of) ++counts[places[load]];
    std::vector<Load> loads(parts.loads);
    for (std::size_t i = 0; i < loads.size(); ++i) loads[i].objects.reserve(counts[i]);
    for (std::size_t i = 0; i < objects.size(); ++i) {
        Load& load = loads[places[parts.load_of[i]]];
        if (objects[i].size != kUnknownSize) load.bytes = saturated_sum(load.bytes, objects[i].size);
        load.objects.push_back(std::move(objects[i]));
    }
    return loads;
}

}  // namespace af
