#include "stages/flat_table.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace af;

TEST_CASE("a flat table counts as a map does and keeps the order in which keys came", "[pairs]") {
    std::mt19937 random(3);
    FlatTable<int> table;
    for (int round = 0; round < 3; ++round) {
        std::map<std::string, int> truth;
        std::vector<std::string> order;
        for (int i = 0; i < 20'000; ++i) {
            const std::string key(random() % 3, static_cast<char>(random() % 4));
            const std::string name = key + std::to_string(random() % 5000);
            if (truth[name]++ == 0) order.push_back(name);
            ++table.at(name, [] { return 0; });
        }
        std::vector<std::string> seen;
        table.for_each([&](std::string_view key, int count) {
            seen.emplace_back(key);
            CHECK(truth.at(std::string(key)) == count);
        });
        CHECK(seen == order);
        CHECK(table.size() == truth.size());
        table.clear();
        CHECK(table.size() == 0);
        CHECK(table.bytes() == 0);
    }
}
