#include "stages/submit/pack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>
#include <fmt/format.h>
#include <numeric>
#include <random>
#include <set>

using namespace af;

namespace {

using Sizes = std::vector<std::uint64_t>;

std::vector<ObjectRef> objects_of(const Sizes& sizes) {
    std::vector<ObjectRef> objects;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        ObjectRef object;
        object.name = fmt::format("s3://telemetry/{:07}", i);
        object.size = sizes[i];
        object.ordinal = static_cast<std::uint32_t>(i);
        objects.push_back(std::move(object));
    }
    return objects;
}

std::vector<Sizes> sizes_of(const std::vector<Load>& loads) {
    std::vector<Sizes> out;
    for (const Load& load : loads) {
        Sizes& sizes = out.emplace_back();
        for (const ObjectRef& object : load.objects) sizes.push_back(object.size);
    }
    return out;
}

std::vector<std::vector<std::string>> names_of(const std::vector<Load>& loads) {
    std::vector<std::vector<std::string>> out;
    for (const Load& load : loads) {
        std::vector<std::string>& names = out.emplace_back();
        for (const ObjectRef& object : load.objects) names.push_back(object.name);
    }
    return out;
}

PackLimits of_bytes(std::uint64_t load_bytes) {
    PackLimits limits;
    limits.load_bytes = load_bytes;
    return limits;
}

std::uint64_t weight(const ObjectRef& object, const PackLimits& limits) {
    return object.size == kUnknownSize ? limits.unknown_bytes : object.size;
}

// What holds for any input: every object once, in loads that are sorted and within the limits.
void check_loads(const std::vector<ObjectRef>& objects, const std::vector<Load>& loads, const PackLimits& limits) {
    std::multiset<std::string> asked, packed;
    for (const ObjectRef& object : objects) asked.insert(object.name);
    for (const Load& load : loads) {
        REQUIRE(!load.objects.empty());
        std::uint64_t known = 0;
        std::size_t name_bytes = 0;
        for (const ObjectRef& object : load.objects) {
            packed.insert(object.name);
            name_bytes += object.name.size();
            if (object.size != kUnknownSize) known += object.size;
            const bool alone = load.objects.size() == 1;
            if (limits.loads == 0 && weight(object, limits) > limits.load_bytes) REQUIRE(alone);
        }
        REQUIRE(load.bytes == known);
        REQUIRE(load.objects.size() <= limits.load_objects);
        REQUIRE((name_bytes <= limits.load_name_bytes || load.objects.size() == 1));
        REQUIRE(std::is_sorted(load.objects.begin(), load.objects.end(),
                               [](const ObjectRef& a, const ObjectRef& b) { return a.name < b.name; }));
    }
    REQUIRE(asked == packed);
}

std::optional<Error> error_of(const std::vector<ObjectRef>& objects, const PackLimits& limits) {
    try {
        pack(objects, limits);
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("no objects make no loads", "[submit][pack]") {
    CHECK(pack({}, {}).empty());
}

TEST_CASE("a balanced packing gives the largest objects first, each to the lightest load", "[submit][pack]") {
    const std::vector<Load> loads = pack(objects_of({3, 7, 5, 4, 6, 2, 3}), of_bytes(10));
    CHECK(sizes_of(loads) == std::vector<Sizes>{{3, 6, 2}, {7, 3}, {5, 4}});
    CHECK(loads.front().bytes == 11);
}

TEST_CASE("an object above the load size is a load of its own", "[submit][pack]") {
    const std::vector<Load> loads = pack(objects_of({0, 3, 40, 0, 3, 50}), of_bytes(10));
    for (const Load& load : loads) {
        if (load.bytes > 10) CHECK(load.objects.size() == 1);
    }
    CHECK(loads.size() == 3);
}

TEST_CASE("a balanced packing starts with the heaviest load", "[submit][pack]") {
    const std::vector<Load> loads = pack(objects_of({1, 1, 90, 4, 50}), of_bytes(10));
    CHECK(sizes_of(loads) == std::vector<Sizes>{{90}, {50}, {1, 1, 4}});
}

TEST_CASE("an object of unknown size counts as it is told to, but adds no bytes", "[submit][pack]") {
    PackLimits limits = of_bytes(100);
    limits.unknown_bytes = 100;
    const std::vector<Load> loads =
        pack(objects_of({kUnknownSize, kUnknownSize, 60, 40}), limits);
    CHECK(sizes_of(loads) == std::vector<Sizes>{{kUnknownSize}, {kUnknownSize}, {60, 40}});
    CHECK(loads[0].bytes == 0);
    CHECK(loads[2].bytes == 100);
}

TEST_CASE("as many loads are made as were asked for, when there are objects for them", "[submit][pack]") {
    PackLimits limits;
    limits.loads = 3;
    CHECK(pack(objects_of({5, 1, 1, 1, 0, 0}), limits).size() == 3);
    CHECK(pack(objects_of({0, 0, 0}), limits).size() == 3);
    limits.loads = 7;
    CHECK(pack(objects_of({5, 1}), limits).size() == 2);
}

TEST_CASE("sizes up to 2^63-1 neither overflow nor drop an object", "[submit][pack]") {
    const Sizes sizes(20, INT64_MAX);
    PackLimits limits;
    limits.loads = 2;
    const std::vector<Load> loads = pack(objects_of(sizes), limits);
    REQUIRE(loads.size() == 2);
    CHECK(loads[0].objects.size() == 10);
    CHECK(loads[0].bytes == UINT64_MAX);
    CHECK(pack(objects_of(sizes), {}).size() == 20);
}

TEST_CASE("random objects are packed whole, within the limits, and the same whatever their order", "[submit][pack]") {
    std::mt19937_64 random(20131119);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    for (int round = 0; round < 400; ++round) {
        std::vector<ObjectRef> objects = objects_of(Sizes(below(300)));
        PackLimits limits = of_bytes(1 + below(5'000));
        limits.load_objects = 1 + below(40);
        limits.load_name_bytes = 20 + below(2'000);
        limits.unknown_bytes = below(500);
        limits.loads = below(4) == 0 ? static_cast<unsigned>(below(50)) : 0;
        const std::uint64_t largest = 1 + below(2'000);
        for (ObjectRef& object : objects) {
            object.size = below(20) == 0 ? kUnknownSize : below(10) == 0 ? 0 : below(largest);
            object.name += std::string(below(60), 'x');
        }
        INFO("round " << round);
        const std::vector<Load> loads = pack(objects, limits);
        check_loads(objects, loads, limits);
        std::vector<ObjectRef> shuffled = objects;
        std::shuffle(shuffled.begin(), shuffled.end(), random);
        REQUIRE(names_of(pack(shuffled, limits)) == names_of(loads));
    }
}

TEST_CASE("the largest of the balanced loads is at most 1.1 times the mean where sizes allow it", "[submit][pack]") {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> size(14, 1.5);
    for (int round = 0; round < 50; ++round) {
        const std::uint64_t load_bytes = 1'000'000'000;
        Sizes sizes(2'000 + random() % 8'000);
        // Above a tenth of a load an object alone can outweigh the tenth that is allowed.
        for (std::uint64_t& bytes : sizes)
            bytes = std::min<std::uint64_t>(static_cast<std::uint64_t>(size(random)), load_bytes / 12);
        const std::vector<Load> loads = pack(objects_of(sizes), of_bytes(load_bytes));
        const std::uint64_t total = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t(0));
        const double mean = static_cast<double>(total) / static_cast<double>(loads.size());
        INFO("round " << round << ": " << loads.size() << " loads");
        REQUIRE(static_cast<double>(loads.front().bytes) <= 1.1 * mean);
        REQUIRE(loads.size() == (total + load_bytes - 1) / load_bytes);
    }
}

TEST_CASE("objects that take too many tasks are refused with an option that makes them fit", "[submit][pack]") {
    const std::vector<ObjectRef> objects = objects_of(Sizes(10'001, 1'000'000'000));
    const std::optional<Error> error = error_of(objects, {});
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    CHECK(has(error->what(), "10,001 objects make 10,001 map tasks, more than the 10,000"));
    CHECK(has(error->advice(), "Give --load-size 2GB "));
    CHECK(pack(objects, of_bytes(2'000'000'000)).size() == 5'001);
}

TEST_CASE("when their number makes too many tasks, the option is the number of files", "[submit][pack]") {
    const std::vector<ObjectRef> objects = objects_of(Sizes(1'000, 7));
    PackLimits limits;
    limits.max_loads = 10;
    limits.load_objects = 20;
    const std::optional<Error> error = error_of(objects, limits);
    REQUIRE(error);
    CHECK(has(error->what(), "50 map tasks"));
    CHECK(has(error->advice(), "Give --load-files 100 for"));
    limits.load_bytes = 7;
    const std::optional<Error> both = error_of(objects, limits);
    REQUIRE(both);
    CHECK(has(both->advice(), "Give --load-files 100 --load-size 1KB for"));
    limits.load_objects = 100;
    limits.load_bytes = 1'000;
    CHECK(pack(objects, limits).size() == 10);
}

TEST_CASE("what no option can help is refused as such", "[submit][pack]") {
    PackLimits limits;
    limits.max_loads = 3;
    limits.load_name_bytes = 30;
    const std::optional<Error> names = error_of(objects_of(Sizes(10, 7)), limits);
    REQUIRE(names);
    CHECK(has(names->advice(), "Select fewer objects"));
    limits = {};
    limits.max_loads = 3;
    limits.loads = 4;
    const std::optional<Error> asked = error_of(objects_of(Sizes(10, 7)), limits);
    REQUIRE(asked);
    CHECK(has(asked->advice(), "at most 3 tasks"));
    limits = of_bytes(0);
    CHECK(error_of({}, limits)->kind() == ErrorKind::usage);
}

TEST_CASE("a million objects are packed in a moment", "[submit][pack]") {
    std::mt19937_64 random(3);
    Sizes sizes(1'000'000);
    for (std::uint64_t& bytes : sizes) bytes = random() % 10'000'000;
    std::vector<ObjectRef> objects = objects_of(sizes);
    std::shuffle(objects.begin(), objects.end(), random);
    std::vector<ObjectRef> copy = objects;
    const std::clock_t start = std::clock();
    const std::vector<Load> loads = pack(std::move(copy), {});
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::size_t packed = 0;
    for (const Load& load : loads) packed += load.objects.size();
    CHECK(packed == objects.size());
    INFO("1,000,000 objects in " << loads.size() << " loads: " << seconds << " s of processor time");
    CHECK(seconds < 20);  // about one; a quadratic step would take hours; the bound leaves room for sanitizers
}
