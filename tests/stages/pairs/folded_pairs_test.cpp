#include "stages/pairs/folded_pairs.hpp"

#include "engine/error.hpp"
#include "stages/pairs/fold_stream.hpp"
#include "stages/pairs/key_value.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace af;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

FoldedPairsOptions options_of(FoldOperation whole, std::size_t bytes = 8 << 20, unsigned partitions = 1) {
    return {.stages = in_parts(whole), .partitions = partitions, .bytes = bytes, .scratch = "/tmp"};
}

// Few keys often, many seldom; here and there a value that is not small.
Pairs some_pairs(unsigned seed, std::size_t count, std::size_t keys) {
    std::mt19937 random(seed);
    Pairs pairs;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t key = random() % 3 == 0 ? random() % 10 : random() % keys;
        const int value = static_cast<int>(random() % 2000) - 1000;
        pairs.emplace_back("key" + std::to_string(key),
                           random() % 50 == 0 ? std::to_string(value) + ".25" : std::to_string(value));
    }
    return pairs;
}

std::map<std::string, std::string> expected(FoldOperation whole, const Pairs& pairs) {
    std::map<std::string, Fold> folds;
    for (const auto& [key, value] : pairs) folds[key].add(whole, value);
    std::map<std::string, std::string> results;
    for (const auto& [key, fold] : folds) results[key] = fold.result(whole);
    return results;
}

// Checks that keys come in order, too.
std::map<std::string, std::string> read(FoldedPairs& folded, FoldOperation whole, unsigned partition = 0) {
    std::map<std::string, std::string> results;
    const auto pairs = folded.partition(partition);
    FoldStream stream(*pairs, in_parts(whole).reduce, {});
    std::string last;
    while (stream.next()) {
        if (!results.empty()) CHECK(last < stream.pair().key);
        last = stream.pair().key;
        results[last] = stream.pair().value;
    }
    return results;
}

void order_all(FoldedPairs& folded) {
    for (std::size_t table = 0; table < folded.tables(); ++table) folded.order(table, {});
}

}  // namespace

TEST_CASE("each key comes once, in order, with what all its values fold to", "[pairs]") {
    const auto whole =
        GENERATE(FoldOperation::sum, FoldOperation::count, FoldOperation::min, FoldOperation::max, FoldOperation::mean);
    const Pairs pairs = some_pairs(1, 50'000, 5'000);
    FoldedPairs folded(options_of(whole));
    FoldedPairs::Adder adder(folded, {});
    for (const auto& [key, value] : pairs) adder.add(key, value, "object");
    adder.flush();
    order_all(folded);
    CHECK(read(folded, whole) == expected(whole, pairs));
}

TEST_CASE("two workers whose tables go to disk again and again give the same as one in memory", "[pairs]") {
    const auto whole = GENERATE(FoldOperation::sum, FoldOperation::mean, FoldOperation::max);
    const Pairs pairs = some_pairs(2, 400'000, 300'000);
    FoldedPairs folded(options_of(whole, 1 << 20));  // 64 KiB a table, some 700 keys each
    const auto work = [&](std::size_t first) {
        FoldedPairs::Adder adder(folded, {});
        for (std::size_t i = first; i < pairs.size(); i += 2) adder.add(pairs[i].first, pairs[i].second, "object");
        adder.flush();
    };
    std::thread other(work, 1);
    work(0);
    other.join();
    order_all(folded);
    const std::uint64_t there = folded.pairs();
    const auto results = read(folded, whole);
    CHECK(results == expected(whole, pairs));
    CHECK(there > results.size());  // some keys were on disk more than once
    CHECK(folded.pairs() == there);
}

TEST_CASE("a key is in the partition that its hash says, and in no other", "[pairs]") {
    const Pairs pairs = some_pairs(3, 20'000, 2'000);
    FoldedPairs folded(options_of(FoldOperation::count, 8 << 20, 3));
    FoldedPairs::Adder adder(folded, {});
    for (const auto& [key, value] : pairs) adder.add(key, value, "object");
    adder.flush();
    order_all(folded);
    std::map<std::string, std::string> all;
    for (unsigned partition = 0; partition < 3; ++partition) {
        for (const auto& [key, value] : read(folded, FoldOperation::count, partition)) {
            CHECK(partition_of(key, 3) == partition);
            CHECK(all.emplace(key, value).second);
        }
    }
    CHECK(all == expected(FoldOperation::count, pairs));
}

TEST_CASE("parts of a builtin map join, and a count does not go with a sum", "[pairs]") {
    FoldedPairs folded(options_of(FoldOperation::whole_parts));
    FoldedPairs::Adder adder(folded, {});
    for (const char* part : {"sum 1", "sum 2;0.5", "sum 40"}) adder.add("a", part, "object");
    for (const char* part : {"mean 2 5", "mean 1 1"}) adder.add("b", part, "object");
    adder.flush();
    order_all(folded);
    CHECK(read(folded, FoldOperation::whole_parts) == std::map<std::string, std::string>{{"a", "43.5"}, {"b", "2"}});

    FoldedPairs mixed(options_of(FoldOperation::whole_parts));
    FoldedPairs::Adder mixing(mixed, {});
    mixing.add("a", "count 1", "object");
    mixing.add("a", "sum 1", "object");
    CHECK_THROWS_WITH(mixing.flush(), Catch::Contains("one key has a"));
}

TEST_CASE("a value that the operation cannot take is refused by the add that brings it, about its object", "[pairs]") {
    FoldedPairs folded(options_of(FoldOperation::sum));
    FoldedPairs::Adder adder(folded, {});
    adder.add("k", "1", "good.gz");
    try {
        adder.add("k", "one", "bad.gz");
        FAIL("added");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::child_output);
        CHECK_THAT(error.what(), Catch::Contains("\"one\" is not a number"));
        CHECK(error.item() == "bad.gz");
    }
}

TEST_CASE("a key that leaves no room for others is refused with what to do about it", "[pairs]") {
    FoldedPairs folded(options_of(FoldOperation::sum, 1 << 20));
    FoldedPairs::Adder adder(folded, {});
    for (const char* value : {"1", "2"}) adder.add(std::string(8'000, 'k'), value, "object");
    try {
        adder.add(std::string(20'000, 'k'), "1", "object");
        FAIL("added");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), Catch::Contains("a key of 20000 bytes"));
        CHECK_THAT(error.advice(), Catch::Contains("--sort-memory"));
    }
    adder.flush();
    order_all(folded);
    CHECK(read(folded, FoldOperation::sum).at(std::string(8'000, 'k')) == "3");
}

TEST_CASE("parts that become long go to disk and are put together at the end", "[pairs]") {
    const auto part = GENERATE(as<std::string>(), "top-k 3 ", "unique ");
    FoldedPairs folded(options_of(FoldOperation::whole_parts, 4 << 20));
    FoldedPairs::Adder adder(folded, {});
    std::map<std::string, Fold> folds;
    for (int round = 0; round < 40; ++round) {
        for (int key = 0; key < 6; ++key) {
            Aggregate made(part == "unique " ? BuiltinOperation::unique : BuiltinOperation::top_k, 3);
            for (int i = 0; i < 600; ++i)
                made.add_text(std::string(90, 'v') + std::to_string(i == 0 ? key : round * 1000 + i));
            const std::string name = "key" + std::to_string(key);
            adder.add(name, made.part(), "object");
            folds[name].add(FoldOperation::whole_parts, made.part());
        }
    }
    adder.flush();
    order_all(folded);
    std::map<std::string, std::string> expected;
    for (const auto& [key, fold] : folds) expected[key] = fold.result(FoldOperation::whole_parts);
    std::size_t longest = 0;
    const auto pairs = folded.partition(0);
    std::map<std::string, Fold> read_back;
    while (pairs->next()) {
        longest = std::max(longest, pairs->pair().value.size());
        read_back[std::string(pairs->pair().key)].add(FoldOperation::whole_parts, pairs->pair().value);
    }
    std::map<std::string, std::string> results;
    for (const auto& [key, fold] : read_back) results[key] = fold.result(FoldOperation::whole_parts);
    CHECK(results == expected);
    CHECK(longest <= 4 * Aggregate::kMostPartBytes);  // what the plan counts for those who read runs back
}

TEST_CASE("no pairs at all are an empty partition", "[pairs]") {
    FoldedPairs folded(options_of(FoldOperation::sum));
    order_all(folded);
    CHECK(read(folded, FoldOperation::sum).empty());
    CHECK(folded.pairs() == 0);
}

TEST_CASE("keys of any bytes keep apart: empty, a zero byte, one the start of another", "[pairs]") {
    using namespace std::string_literals;
    const Pairs pairs{{"", "1"},         {"\0"s, "2"},         {"a", "3"},         {"a\0"s, "4"},
                      {"abcdefgh", "5"}, {"abcdefgh\0"s, "6"}, {"abcdefghi", "7"}, {"\xff", "8"}};
    FoldedPairs folded(options_of(FoldOperation::sum));
    FoldedPairs::Adder adder(folded, {});
    for (int i = 0; i < 2; ++i) {
        for (const auto& [key, value] : pairs) adder.add(key, value, "object");
    }
    adder.flush();
    order_all(folded);
    std::map<std::string, std::string> twice;
    for (const auto& [key, value] : pairs) twice[key] = std::to_string(2 * std::stoi(value));
    CHECK(read(folded, FoldOperation::sum) == twice);
}

TEST_CASE("tables that are sorted, written and merged end soon after a stop", "[pairs]") {
    std::stop_source stop;
    FoldedPairs folded(options_of(FoldOperation::sum, 64 << 20));
    FoldedPairs::Adder adder(folded, stop.get_token());
    for (int i = 0; i < 400'000; ++i) adder.add(std::to_string(i), "1", "object");
    adder.flush();
    stop.request_stop();
    CHECK_THROWS_AS(folded.order(0, StopCheck(stop.get_token())), Error);
    const auto go_on = [&] {
        for (int i = 0; i < 100'000; ++i) adder.add(std::to_string(i), "1", "object");
    };
    CHECK_THROWS_AS(go_on(), Error);
}
