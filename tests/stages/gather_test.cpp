#include "stages/gather.hpp"
#include "engine/runtime.hpp"
#include "stages/collect_lines.hpp"
#include "stages/collect_pairs.hpp"

#include "engine/pipeline.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

ObjectPtr object(std::uint32_t ordinal) {
    return std::make_shared<ObjectRef>(ObjectRef{"o" + std::to_string(ordinal), 100, "", ordinal});
}

MapOutput output(const ObjectPtr& of, std::uint32_t unit, std::string lines, std::uint32_t part = 0, bool last = true) {
    MapOutput made;
    made.object = of;
    made.sequence = unit;
    made.part = part;
    made.last = last;
    made.lines = std::move(lines);
    made.records_in = last ? 1 : 0;
    return made;
}

ObjectEnd end_of(const ObjectPtr& of, std::uint32_t units) {
    ObjectEnd end;
    end.object = of;
    end.units = units;
    end.lines = units;  // a record a unit
    return end;
}

Task<void> give(Ports<void, MapItem> io, std::vector<MapItem> items) {
    for (MapItem& item : items) co_await io.out.put(std::move(item));
}

struct Run {
    Totals totals;
    std::string lines;
    std::vector<std::string> failed;
    std::size_t spilled_to_memory = 0;
};

Run gather_lines(std::vector<MapItem> items, std::vector<ObjectPtr> objects, std::size_t budget_bytes = 1 << 20,
                 BadPolicy policy = {}, Ledger::BadHandler on_bad = {}) {
    Runtime rt(2);
    SpoolBudget budget;
    budget.limit_bytes = budget_bytes;
    budget.scratch = "/tmp";
    const std::size_t count = objects.size();
    Ledger ledger(std::move(objects), policy, std::move(on_bad));
    LineStore store("/tmp", count);
    Run run;
    Pipeline job("gather");
    job.on_failed([&](const std::string& item, const Error&) { run.failed.push_back(item); });
    job.from("give", {.on = rt.cpu()}, give, std::move(items))
        .then("gather", {.on = rt.cpu()}, gather, budget, ledger)
        .into("collect", {.on = rt.cpu()}, collect_lines, store);
    job.run();
    store.for_each([&](std::string_view chunk) { run.lines += chunk; });
    run.totals = ledger.totals();
    run.spilled_to_memory = budget.used_bytes;
    return run;
}

}  // namespace

TEST_CASE("gather puts the output of an object in order, whatever order it came back in", "[gather]") {
    const std::size_t budget = GENERATE(std::size_t{1} << 20, std::size_t{1});  // in memory, and all on disk
    auto a = object(0);
    auto b = object(1);
    auto run = gather_lines({end_of(b, 1), output(a, 1, "a2\n"), output(a, 0, "a0\n", 0, false), output(b, 0, "b0\n"),
                             output(a, 0, "a1\n", 1), end_of(a, 2)},
                            {a, b}, budget);
    CHECK(run.lines == "a0\na1\na2\nb0\n");
    CHECK(run.totals.objects_read == 2);
    CHECK(run.totals.records == 3);
    CHECK(run.spilled_to_memory == 0);
}

TEST_CASE("a failed object leaves nothing in the output and its neighbours stay whole", "[gather]") {
    auto a = object(0);
    auto b = object(1);
    ObjectEnd broken = end_of(a, 2);
    broken.failed = Error(ErrorKind::corrupt, "truncated");
    auto run = gather_lines({output(a, 0, "a0\n"), broken, output(a, 1, "late\n"), output(b, 0, "b0\n"), end_of(b, 1)},
                            {a, b});
    CHECK(run.lines == "b0\n");
    CHECK(run.totals.objects_lost == 1);
    CHECK(run.totals.records == 1);
    CHECK(run.failed == std::vector<std::string>{"o0"});
}

TEST_CASE("an object whose numbers do not add up is a bug, not a result", "[gather]") {
    auto a = object(0);
    ObjectEnd end = end_of(a, 1);
    end.lines = 5;  // but one record was mapped and none was bad
    CHECK_THROWS_AS(gather_lines({output(a, 0, "x\n"), end}, {a}), Error);
}

TEST_CASE("an object that never ends is a bug, not a result", "[gather]") {
    auto a = object(0);
    CHECK_THROWS_AS(gather_lines({output(a, 0, "x\n")}, {a}), Error);
}

TEST_CASE("too many bad records end the job and name the first", "[gather]") {
    auto a = object(0);
    MapOutput bad = output(a, 0, "");
    bad.bad.push_back({7, "mapper", "KeyError: 'OS'", ""});
    BadPolicy none{.fail_on_first = false, .max_count = 0};
    try {
        gather_lines({bad, end_of(a, 1)}, {a}, 1 << 20, none);
        FAIL("must throw");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::child_exit);
        CHECK(std::string(error.what()).find("o0 line 7: KeyError: 'OS'") != std::string::npos);
    }
}

TEST_CASE("bad records beyond those that are kept still count", "[gather]") {
    auto a = object(0);
    MapOutput bad = output(a, 0, "");
    bad.records_in = 20'000;
    for (std::uint64_t line = 1; line <= kBadKeptPerObject; ++line) {
        bad.bad.push_back({line, "json", "no JSON", std::string(1000, 'x')});
    }
    bad.more_bad["json"] = 10'000;
    ObjectEnd end = end_of(a, 1);
    end.lines = 20'000;
    std::vector<BadRecord> letters;
    const auto keep = [&](const ObjectRef&, const BadRecord& record) { letters.push_back(record); };
    const Run run = gather_lines({bad, end}, {a}, 1 << 20, {.max_count = 20'000}, keep);
    CHECK(run.totals.bad == 20'000);
    REQUIRE(letters.size() == kBadKeptPerObject + 1);  // and the line that says how many more there were
    std::size_t text = 0;
    for (const BadRecord& letter : letters) text += letter.record.size();
    CHECK(text <= 4 << 20);
    CHECK(text > 3 << 20);
    CHECK_THROWS_AS(gather_lines({bad, end}, {a}, 1 << 20, {.max_count = 19'999}), Error);
}

TEST_CASE("the bad records that are kept of an object, and their text, are its first by line", "[gather]") {
    const auto a = object(0);
    const auto unit = [&](std::uint32_t number) {
        MapOutput bad = output(a, number, "");
        bad.records_in = 3000;
        for (std::uint64_t line = 1; line <= bad.records_in; ++line)
            bad.bad.push_back({number * 3000 + line, "json", "no JSON", std::string(1 + line % 1500, 'x')});
        return bad;
    };
    const auto kept = [&](std::vector<std::uint32_t> order) {
        std::vector<MapItem> items;
        for (const std::uint32_t number : order) items.emplace_back(unit(number));
        ObjectEnd end = end_of(a, 5);
        end.lines = 15'000;
        items.emplace_back(end);
        std::vector<std::pair<std::uint64_t, std::size_t>> letters;
        const auto keep = [&](const ObjectRef&, const BadRecord& record) {
            letters.emplace_back(record.line, record.record.size());
        };
        gather_lines(std::move(items), {a}, 1 << 20, {.max_count = 15'000}, keep);
        return letters;
    };
    const auto letters = kept({0, 1, 2, 3, 4});
    REQUIRE(letters.size() == kBadKeptPerObject + 1);
    CHECK(letters[kBadKeptPerObject - 1].first == kBadKeptPerObject);
    CHECK(letters[1000].second == 1002);
    CHECK(letters[9000].second == 0);
    CHECK(kept({4, 3, 2, 1, 0}) == letters);
    CHECK(kept({2, 0, 4, 1, 3}) == letters);
}

TEST_CASE("the first bad record is that of the first object by name, whichever was met first", "[gather]") {
    const auto a = object(0);
    const auto b = object(1);
    const auto with_bad = [](MapOutput made, std::uint64_t line) {
        made.bad.push_back({line, "json", "no JSON", ""});
        return made;
    };
    const MapItem late = with_bad(output(b, 0, ""), 1);
    const MapItem second = with_bad(output(a, 1, ""), 9);
    const MapItem first = with_bad(output(a, 0, ""), 2);
    const auto named = [&](std::vector<MapItem> items) {
        return text_of(gather_lines(std::move(items), {a, b}, 1 << 20, {.max_count = 3}).totals.first_bad.value());
    };
    CHECK(named({late, end_of(b, 1), second, first, end_of(a, 2)}) == "o0 line 2: no JSON");
    CHECK(named({first, end_of(a, 2), late, end_of(b, 1), second}) == "o0 line 2: no JSON");
    ObjectEnd broken = end_of(a, 2);
    broken.failed = Error(ErrorKind::corrupt, "truncated");
    CHECK(named({first, broken, late, end_of(b, 1)}) == "o1 line 1: no JSON");
}

TEST_CASE("a job that ends names the first bad record of its object, whichever was met first", "[gather]") {
    const auto a = object(0);
    const auto with_bad = [&](std::uint32_t unit, std::vector<std::uint64_t> lines) {
        MapOutput made = output(a, unit, "");
        for (const std::uint64_t line : lines) made.bad.push_back({line, "json", "no JSON", ""});
        return made;
    };
    const BadPolicy policy =
        GENERATE(BadPolicy{.fail_on_first = false, .max_count = 3}, BadPolicy{.fail_on_first = true, .max_count = {}});
    try {
        gather_lines({with_bad(1, {9, 8}), with_bad(0, {4, 2}), end_of(a, 2)}, {a}, 1 << 20, policy);
        FAIL("must throw");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), Catch::EndsWith("o0 line 2: no JSON"));
    }
}

TEST_CASE("pairs are combined per object and partitioned by key", "[gather]") {
    Runtime rt(2);
    SpoolBudget budget;
    budget.scratch = "/tmp";
    auto a = object(0);
    auto b = object(1);
    Ledger ledger({a, b}, {}, {});
    SortedPairsOptions options;
    options.workers = 2;
    options.combine = FoldOperation::sum;
    options.scratch = "/tmp";
    SortedPairs store(options);
    std::vector<MapItem> items{output(a, 0, "x 1\ny 2\nx\t4\n"), end_of(a, 1), output(b, 0, "x 8\n"), end_of(b, 1)};
    Pipeline job("pairs");
    job.from("give", {.on = rt.cpu()}, give, items)
        .then("gather", {.on = rt.cpu()}, gather, budget, ledger)
        .into("collect", {.on = rt.cpu(), .workers = 2}, collect_pairs, store);
    job.run();
    auto pairs = store.partition(0);
    std::string all;
    while (pairs->next()) {
        all += std::string(pairs->pair().key) + "=" + std::string(pairs->pair().value) + "@" +
               std::to_string(pairs->pair().ordinal) + " ";
    }
    CHECK(all == "x=5@0 x=8@1 y=2@0 ");
}
