#include "stages/parts/part_runs.hpp"

#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <random>
#include <thread>
#include <tuple>

using namespace af;

namespace {

using Row = std::tuple<std::string, std::uint32_t, std::string>;

std::vector<Row> rows_of(PairStream& stream) {
    std::vector<Row> rows;
    while (stream.next()) rows.emplace_back(stream.pair().key, stream.pair().ordinal, stream.pair().value);
    return rows;
}

void take(PartRuns& runs, std::uint32_t place, std::string_view text) {
    const auto writer = runs.open(place);
    writer->add(text);
    writer->finish();
}

}  // namespace

TEST_CASE("parts are merged by key and by the order of all objects", "[parts]") {
    TemporaryFolder folder;
    PartRuns runs(folder.path(), {{{0, 3}, 3}, {{1, 2}, 3}});
    take(runs, 1, "a\t0\tfrom 1\na\t1\tfrom 2\nb\t0\tv\n");
    take(runs, 0, "a\t0\tfrom 0\na\t1\tfrom 3\na\t1\tfrom 3 again\n");
    CHECK(runs.pairs() == 6);
    const auto stream = runs.stream();
    CHECK(rows_of(*stream) == std::vector<Row>{{"a", 0, "from 0"},
                                               {"a", 1, "from 1"},
                                               {"a", 2, "from 2"},
                                               {"a", 3, "from 3"},
                                               {"a", 3, "from 3 again"},
                                               {"b", 1, "v"}});
}

TEST_CASE("a part that was not finished, or has not the pairs of its manifest, leaves nothing", "[parts]") {
    TemporaryFolder folder;
    PartRuns runs(folder.path(), {{{0}, 2}, {{1}, 0}});
    runs.open(0)->add("a\t0\tv\n");
    try {
        take(runs, 0, "a\t0\tv\n");
        FAIL("it has one pair");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bug);
    }
    take(runs, 1, "");
    CHECK(runs.pairs() == 0);
    CHECK(rows_of(*runs.stream()).empty());
}

TEST_CASE("more parts than are kept open give the same stream, taken by several threads", "[parts]") {
    constexpr std::uint32_t kParts = 3 * PartRuns::kMostRuns + 5;
    TemporaryFolder folder;
    std::mt19937 random(1);
    std::vector<PartRuns::Source> sources;
    std::vector<std::string> texts;
    std::vector<Row> expected;
    for (std::uint32_t place = 0; place < kParts; ++place) {
        std::vector<Row> rows;
        for (int n = 0; n < 7; ++n) rows.emplace_back(fmt::format("key-{}", random() % 40), 0, fmt::format("{}", n));
        std::sort(rows.begin(), rows.end());
        std::string text;
        for (const auto& [key, ordinal, value] : rows) {
            text += fmt::format("{}\t0\t{}\n", key, value);
            expected.emplace_back(key, kParts - 1 - place, value);
        }
        texts.push_back(text);
        sources.push_back({{kParts - 1 - place}, rows.size()});
    }
    std::sort(expected.begin(), expected.end());
    PartRuns runs(folder.path(), sources);
    std::vector<std::thread> threads;
    for (std::uint32_t first = 0; first < 3; ++first) {
        threads.emplace_back([&runs, &texts, first] {
            for (std::uint32_t place = first; place < kParts; place += 3) take(runs, place, texts[place]);
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(runs.pairs() == 7 * kParts);
    CHECK(rows_of(*runs.stream()) == expected);
}
