#include "stages/map_builtin.hpp"

#include "stages/builtin/escape.hpp"
#include "stages/job/load_job.hpp"
#include "stages/line_ends.hpp"
#include "tests/support/map_harness.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

using namespace af;
using namespace af::test;

namespace {

BuiltinMapOptions options_of(std::string_view map, std::string_view rest = "") {
    const Job job = parse_job(fmt::format("map:\n  language: builtin\n{}{}", map, rest), "job/analysis-tools.yml");
    return {.map = *job.map.builtin, .format = job.records.format, .combine = map_combines(job)};
}

Mapped run(BuiltinMapOptions options, std::vector<SplitItem> items, BuiltinShared& shared, unsigned workers = 1) {
    Runtime rt(2);
    std::vector<MapItem> kept;
    Pipeline job("map");
    job.from("emit", {.on = rt.cpu()}, emit<SplitItem>, items)
        .then("map", {.on = rt.cpu(), .workers = workers}, map_builtin, options, shared)
        .into("keep", {.on = rt.cpu()}, keep, kept);
    job.run();
    return sorted_out(std::move(kept));
}

Mapped run(BuiltinMapOptions options, std::vector<SplitItem> items, unsigned workers = 1) {
    BuiltinShared shared;
    return run(std::move(options), std::move(items), shared, workers);
}

Mapped run(const BuiltinMapOptions& options, std::string_view lines, std::string name = "a/b.lzma") {
    BlockPool pool(16 << 20);
    const ObjectPtr object = object_named(std::move(name));
    std::vector<SplitItem> items;
    items.emplace_back(batch_of(pool, object, 0, 101, lines));
    items.emplace_back(end_of(object, 1));
    return run(options, std::move(items));
}

std::string lines_of(std::string_view map, std::string_view lines, std::string_view rest = "",
                     std::string name = "a/b.lzma") {
    return run(options_of(map, rest), lines, std::move(name)).lines;
}

// What is told of a run over one batch.
std::string never_found(std::string_view lines, const BuiltinMapOptions& options) {
    BlockPool pool(16 << 20);
    const ObjectPtr object = object_named("a/b.lzma");
    std::vector<SplitItem> items;
    items.emplace_back(batch_of(pool, object, 0, 0, lines));
    items.emplace_back(end_of(object, 1));
    BuiltinShared shared;
    run(options, std::move(items), shared);
    return shared.sightings.never_found();
}

}  // namespace

TEST_CASE("map_builtin makes one part a key of a batch and passes object ends on", "[map][builtin]") {
    const Mapped mapped = run(options_of("  key: info.OS\n  operation: count\n"),
                              "u1\t{\"info\": {\"OS\": \"WINNT\"}}\nu2\t{\"info\": {\"OS\": "
                              "\"Linux\"}}\nu3\t{\"info\": {\"OS\": \"WINNT\"}}\n");
    CHECK(mapped.lines == "WINNT\tcount 2\nLinux\tcount 1\n");
    REQUIRE(mapped.outputs.size() == 1);
    CHECK(mapped.outputs[0].records_in == 3);
    CHECK(mapped.outputs[0].bad.empty());
    REQUIRE(mapped.ends.size() == 1);
    CHECK(mapped.ends[0].units == 1);
}

TEST_CASE("map_builtin finds records by the ends that came with the batch", "[map][builtin]") {
    BlockPool pool(16 << 20);
    const ObjectPtr object = object_named("a/b.lzma");
    const std::string filler(3000, 'x');
    Batch batch = batch_of(pool, object, 0, 101,
                           "u\t{\"a\": 1, \"f\": \"" + filler + "\"}\nbad\nu\t{\"a\": 2, \"f\": \"" + filler + "\"}\n");
    batch.line_ends = find_line_ends(batch.lines.view()).ends;
    REQUIRE(batch.line_ends.size() == 3);
    std::vector<SplitItem> items;
    items.emplace_back(std::move(batch));
    items.emplace_back(end_of(object, 1));
    const Mapped mapped = run(options_of("  key: a\n  operation: count\n"), std::move(items));
    CHECK(mapped.lines == "1\tcount 1\n2\tcount 1\n");
    CHECK(mapped.outputs.at(0).records_in == 3);
    REQUIRE(mapped.outputs[0].bad.size() == 1);
    CHECK(mapped.outputs[0].bad[0].record == "bad");
}

TEST_CASE("map_builtin without input ends", "[map][builtin]") {
    CHECK(run(options_of("  key: a\n  operation: count\n"), std::vector<SplitItem>()).outputs.empty());
}

TEST_CASE("map_builtin without an operation writes a line a record", "[map][builtin]") {
    CHECK(lines_of("  key: uuid\n  value: a\n",
                   "u1\t{\"a\": \"x\\ny\"}\nu2\t{\"a\": 1.50}\nu3\t{\"a\": {\"b\": [1]}}\n") ==
          "u1\tx\\ny\nu2\t1.50\nu3\t{\"b\": [1]}\n");
}

TEST_CASE("map_builtin tells bad records by line, kind and reason, and none of them counts in part", "[map][builtin]") {
    const Mapped mapped = run(
        options_of(
            "  outputs:\n    - {key: a, operation: count}\n    - {key: [{text: sum}, a], value: n, operation: sum}\n"),
        "u\t{\"a\": 1, \"n\": 2}\nno tab\nu\t{\"a\": 1, \"n\": 2\nu\t{\"a\": 1}\nu\t{\"a\": 1, \"n\": "
        "\"x\"}\nu\t{\"a\": 1, \"n\": \"7\"}\n");
    CHECK(mapped.lines == "1\tcount 2\nsum|1\tsum 9\n");
    const std::vector<BadRecord>& bad = mapped.outputs.at(0).bad;
    REQUIRE(bad.size() == 4);
    CHECK(bad[0].line == 102);
    CHECK(bad[0].kind == "format");
    CHECK(bad[1].kind == "json");
    CHECK(bad[1].record == "u\t{\"a\": 1, \"n\": 2");
    CHECK(bad[2].kind == "mapper");
    CHECK(bad[2].reason == "n is not there");
    CHECK(bad[3].reason == "sum n: \"x\" is not a number");
}

TEST_CASE("map_builtin counts what it was told to skip", "[map][builtin]") {
    const Mapped mapped = run(options_of("  key: a\n  value: n\n  operation: max\n  missing: skip\n"),
                              "u\t{\"a\": 1}\nu\t{\"a\": 1, \"n\": 2}\nu\t{}\n");
    CHECK(mapped.lines == "1\tmax 2\n");
    CHECK(mapped.outputs.at(0).counters ==
          std::map<std::string, std::int64_t>{{"builtin\tskipped: no n", 1}, {"builtin\tskipped: no a", 1}});
}

TEST_CASE("keys of several parts stay apart and on one line whatever is in them", "[map][builtin]") {
    const std::string records =
        "u\t{\"a\": \"x|y\", \"b\": \"z\"}\nu\t{\"a\": \"x\", \"b\": \"y|z\"}\nu\t{\"a\": \"t\\tn\\n\", \"b\": "
        "\"\\\\\"}\n";
    CHECK(lines_of("  key: [a, b]\n  operation: count\n", records) ==
          "x\\|y|z\tcount 1\nx|y\\|z\tcount 1\nt\\tn\\n|\\\\\tcount 1\n");
    CHECK(unescaped("t\\tn\\n|\\\\") == "t\tn\n|\\");
}

TEST_CASE("conditions choose records and outputs", "[map][builtin]") {
    const std::string records =
        "u\t{\"n\": 1, \"s\": \"abc\"}\nu\t{\"n\": 1.0, \"s\": \"ABC\"}\nu\t{\"n\": \"1\"}\nu\t{\"n\": "
        "null}\nu\t{\"n\": true}\nu\t{}\nu\t{\"n\": 10, \"s\": \"\"}\n";
    const auto passing = [&](const std::string& test) {
        return lines_of("  key: {text: k}\n  operation: count\n  where: [{path: " + test + "}]\n", records);
    };
    CHECK(passing("n, \"==\": 1") == "k\tcount 2\n");
    CHECK(passing("n, \"==\": \"1\"") == "k\tcount 1\n");
    CHECK(passing("n, \"==\": null") == "k\tcount 1\n");
    CHECK(passing("n, \"==\": true") == "k\tcount 1\n");
    CHECK(passing("n, \"!=\": 1") == "k\tcount 4\n");
    CHECK(passing("n, \">\": 1") == "k\tcount 1\n");
    CHECK(passing("n, \">=\": 1, \"<\": 10") == "k\tcount 2\n");
    CHECK(passing("n, \"<=\": \"2\"") == "k\tcount 1\n");
    CHECK(passing("n, exists: true") == "k\tcount 6\n");
    CHECK(passing("n, exists: false") == "k\tcount 1\n");
    CHECK(passing("n, in: [10, null]") == "k\tcount 2\n");
    CHECK(passing("s, prefix: ab") == "k\tcount 1\n");
    CHECK(passing("s, regex: \"(?i)B\"") == "k\tcount 2\n");
    CHECK(passing("s, exists: true, regex: \"^$\"") == "k\tcount 1\n");
}

TEST_CASE("a record knows its uuid, its object and the object's dimensions", "[map][builtin]") {
    const std::string name = "s3://b/saved_session/Firefox/nightly/22.0a1/20130314.20131119.v2.log.ab.lzma";
    CHECK(lines_of("  key: [uuid, file.appName, file.submission_date]\n  operation: count\n", "id-1\t{}\n", "", name) ==
          "id-1|Firefox|20131119\tcount 1\n");
    CHECK(lines_of("  key: file\n  operation: count\n", "id-1\t{}\n", "", name) == name + "\tcount 1\n");
    CHECK(lines_of("  key: $.file\n  operation: count\n", "id-1\t{\"file\": 7}\n", "", name) == "7\tcount 1\n");
    const Mapped other = run(options_of("  key: file.reason\n  operation: count\n"), "id-1\t{}\n", "plain.lzma");
    CHECK(other.outputs.at(0).bad.at(0).reason == "file.reason is not there");
}

TEST_CASE("columns of a tsv are values by number", "[map][builtin]") {
    const std::string tsv = "records: {format: tsv}\n";
    CHECK(lines_of("  key: \"[1]\"\n  value: \"[-1]\"\n  operation: sum\n", "id\ta\t1\nid\tb\t2\nid\ta\t2.5\n", tsv) ==
          "a\tsum 1;2.5\nb\tsum 2\n");
    CHECK(lines_of("  key: uuid\n  operation: count\n  where: [{path: \"[1]\", \">\": 9}]\n", "x\t10\ny\t9\nz\ta\n",
                   tsv) == "x\tcount 1\n");
}

TEST_CASE("a batch with more keys than the table holds is written out in between", "[map][builtin]") {
    std::string lines;
    for (int i = 0; i < 90'000; ++i) lines += fmt::format("u\t{{\"k\": \"{:0>10}\"}}\n", i % 70'000);
    const Mapped mapped = run(options_of("  key: k\n  operation: count\n"), lines);
    CHECK(mapped.outputs.size() > 1);
    std::size_t count = 0, sum = 0;
    for (std::size_t at = 0; (at = mapped.lines.find("\tcount ", at)) != std::string::npos; ++at) {
        ++count;
        sum += std::stoul(mapped.lines.substr(at + 7, 20));
    }
    CHECK(count > 70'000);
    CHECK(sum == 90'000);
}

TEST_CASE("a record of many megabytes is mapped like any other", "[map][builtin]") {
    const std::string large = "u\t{\"a\": [" + std::string(6 << 20, ' ') + "1], \"b\": \"x\"}\n";
    CHECK(lines_of("  key: b\n  value: \"a[0]\"\n  operation: sum\n", large) == "x\tsum 1\n");
}

TEST_CASE("an error of the map names the object and the lines it was at", "[map][builtin]") {
    std::string lines = "u\t{\"k\": [";
    for (int i = 0; i < 1 << 20; ++i) lines += "1,";
    lines += "1]}\n";
    try {
        run(options_of("  key: {text: x}\n  value: k\n  operation: histogram\n"), lines);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::child_output);
        CHECK(std::string(error.what())
                  .starts_with("map a/b.lzma lines 101-101: the histograms of one key have more than"));
    }
}

TEST_CASE("what a builtin map never found is told with the number of records, over all workers", "[map][builtin]") {
    BlockPool pool(16 << 20);
    const ObjectPtr object = object_named("a/b.lzma");
    std::vector<SplitItem> items;
    for (std::uint32_t i = 0; i < 8; ++i)
        items.emplace_back(batch_of(pool, object, i, i, "u\t{\"a\": 1}\nu\t{\"a\": 2, \"b\": null}\n"));
    items.emplace_back(end_of(object, 8));
    BuiltinShared shared;
    run(options_of("  where: [{path: a, \">\": 1}]\n  outputs:\n"
                   "    - {key: b, operation: count, missing: skip}\n"
                   "    - {key: info.OSS, operation: count, missing: skip}\n"
                   "    - {key: a, where: [{path: a, in: [3, x]}], operation: count}\n"),
        std::move(items), shared, 4);
    CHECK(shared.sightings.never_found() == "condition a in [3, 'x'] (in 8 records), path info.OSS (in 8 records)");
}

TEST_CASE("a path that several outputs want is told of once, with the records and not the uses", "[map][builtin]") {
    const std::string never = never_found("u\t{\"a\": 1}\nu\t{\"a\": 2}\n",
                                          options_of("  outputs:\n"
                                                     "    - {key: no, operation: count, missing: skip}\n"
                                                     "    - {key: no, value: no, operation: sum, missing: skip}\n"));
    CHECK(never == "path no (in 2 records)");
}

TEST_CASE("conditions that differ in their pattern or in the kind of a literal are told apart", "[map][builtin]") {
    const std::string never = never_found(
        "u\t{\"a\": \"7\"}\n", options_of("  outputs:\n"
                                          "    - {key: a, where: [{path: a, \"==\": \"7\"}], operation: count}\n"
                                          "    - {key: a, where: [{path: a, \"==\": 7}], operation: count}\n"
                                          "    - {key: a, where: [{path: a, regex: \"[0-9]\"}], operation: count}\n"
                                          "    - {key: a, where: [{path: a, regex: \"[a-z]\"}], operation: count}\n"));
    CHECK(never == "condition a == 7 (in 1 record), condition a regex [a-z] (in 1 record)");
}

TEST_CASE("a path that is to be missing is not told of, nor what no record was asked for", "[map][builtin]") {
    const std::string never =
        never_found("u\t{\"a\": 1}\n",
                    options_of("  where: [{path: no, exists: false}, {path: a, \"==\": 2}, {path: a, \"==\": 3}]\n"
                               "  key: other\n  operation: count\n"));
    CHECK(never == "condition a == 2 (in 1 record)");
    CHECK(BuiltinShared().sightings.never_found().empty());
}
