#include "stages/pairs/sorter.hpp"
#include "stages/pairs/key_value.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace af;

namespace {

using Row = std::tuple<std::string, std::uint32_t, std::string>;

std::vector<Row> rows_of(PairStream& stream) {
    std::vector<Row> rows;
    while (stream.next()) rows.emplace_back(stream.pair().key, stream.pair().ordinal, stream.pair().value);
    return rows;
}

std::string random_key(std::mt19937& random) {
    std::string key;
    for (unsigned n = random() % 12; n > 0; --n) key.push_back(static_cast<char>("ab\0\xff\x7f"[random() % 5]));
    return key;
}

}  // namespace

TEST_CASE("a map output line splits at the first TAB, else at the first space, else is all key", "[pairs]") {
    CHECK(split_key_value("a b\tc d").key == "a b");
    CHECK(split_key_value("a b\tc d").value == "c d");
    CHECK(split_key_value("WINNT 1").key == "WINNT");
    CHECK(split_key_value("WINNT 1 2").value == "1 2");
    CHECK(split_key_value("alone").key == "alone");
    CHECK(split_key_value("alone").value.empty());
    CHECK(split_key_value("\tv").key.empty());
}

TEST_CASE("a partition depends on the key alone and uses all partitions", "[pairs]") {
    std::vector<int> hits(7);
    for (int i = 0; i < 7000; ++i) ++hits[partition_of("key" + std::to_string(i), 7)];
    for (int hit : hits) CHECK(hit > 700);
    CHECK(partition_of("WINNT", 3) == partition_of("WINNT", 3));
    CHECK(partition_of("anything", 1) == 0);
}

TEST_CASE("pairs come out by key, then object, then arrival, however often they were spilled", "[pairs]") {
    const std::size_t budget = GENERATE(std::size_t{1} << 16, std::size_t{1} << 18, std::size_t{64} << 20);
    std::mt19937 random(7);
    Sorter first(budget, "/tmp");
    Sorter second(budget, "/tmp");
    std::vector<Row> expected;
    for (std::uint32_t ordinal = 0; ordinal < 40; ++ordinal) {
        Sorter& sorter = ordinal % 2 ? first : second;
        for (int i = 0; i < 1000; ++i) {
            Row row(random_key(random), ordinal, std::to_string(i));
            sorter.add(std::get<0>(row), std::get<2>(row), ordinal);
            expected.push_back(std::move(row));
        }
    }
    // Arrival order breaks ties, so a stable sort by (key, ordinal) is the oracle.
    std::stable_sort(expected.begin(), expected.end(), [](const Row& a, const Row& b) {
        return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
    });
    auto streams = first.finish();
    for (auto& stream : second.finish()) streams.push_back(std::move(stream));
    auto merged = merge(std::move(streams));
    CHECK(rows_of(*merged) == expected);
    CHECK(first.pairs() + second.pairs() == 40000);
}

TEST_CASE("a pair longer than the memory allows is refused with advice", "[pairs]") {
    Sorter sorter(1 << 16, "/tmp");
    try {
        sorter.add("key", std::string(1 << 17, 'x'), 0);
        FAIL("add() must throw");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::child_output);
        CHECK(error.advice().find("--sort-memory") != std::string::npos);
    }
}

TEST_CASE("values of any bytes and of 100 KB survive a spill", "[pairs]") {
    Sorter sorter(1 << 18, "/tmp");
    const std::string value(100'000, '\0');
    for (std::uint32_t i = 0; i < 20; ++i) sorter.add("k", value, i);
    auto merged = merge(sorter.finish());
    std::uint32_t count = 0;
    while (merged->next()) {
        CHECK(merged->pair().value == value);
        CHECK(merged->pair().ordinal == count++);
    }
    CHECK(count == 20);
}

TEST_CASE("runs of long pairs are merged before reading them back takes more than it may", "[pairs]") {
    constexpr std::size_t budget = 16 << 20;
    const std::size_t bytes = Sorter::longest_pair_bytes(budget) - 8;
    CHECK(Sorter::read_back_bytes(budget) == std::size_t{32} << 20);
    Sorter sorter(budget, "/tmp");
    const auto value = [&](std::uint32_t i) { return std::string(bytes, static_cast<char>('a' + i % 26)); };
    constexpr std::uint32_t kPairs = 12;  // two of them fill the memory
    for (std::uint32_t i = 0; i < kPairs; ++i) sorter.add("k", value(i), i);
    auto streams = sorter.finish();
    CHECK(streams.size() <= 4);  // three runs of one such pair, and what is still in memory
    auto merged = merge(std::move(streams));
    std::uint32_t count = 0;
    while (merged->next()) {
        CHECK(merged->pair().ordinal == count);
        CHECK((merged->pair().value == value(count)));
        ++count;
    }
    CHECK(count == kPairs);
}

TEST_CASE("a pair may take all of little memory and a quarter of much", "[pairs]") {
    CHECK(Sorter::memory_bytes(1) == 64 << 10);
    CHECK(Sorter::longest_pair_bytes(1 << 20) > (1 << 20) - 64);
    CHECK(Sorter::longest_pair_bytes(std::size_t{256} << 20) == std::size_t{64} << 20);
}

TEST_CASE("no pairs give an empty stream", "[pairs]") {
    Sorter sorter(1 << 16, "/tmp");
    CHECK_FALSE(merge(sorter.finish())->next());
}
