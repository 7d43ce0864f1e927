#include "stages/job/load_job.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace af;

namespace {

Job parse(std::string_view map, std::string_view rest = "") {
    return parse_job(fmt::format("map:\n  language: builtin\n{}{}", map, rest), "job/analysis-tools.yml");
}

std::string refusal(std::string_view map, std::string_view rest = "") {
    try {
        parse(map, rest);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        return std::string(error.what()).substr(std::string("job/analysis-tools.yml:").size());
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a builtin map with an operation implies its reduce", "[job][builtin]") {
    const Job job = parse("  key: info.OS\n  operation: count\n");
    REQUIRE(job.map.builtin);
    CHECK(job.map.builtin->outputs.size() == 1);
    REQUIRE(job.reduce);
    CHECK(job.reduce->operation == BuiltinOperation::count);
    CHECK(map_combines(job));
    CHECK(describe(job).find("builtin info.OS, count") != std::string::npos);
}

TEST_CASE("a builtin map takes its operation from reduce, and without any it is map-only", "[job][builtin]") {
    const Job reduced = parse("  key: info.OS\n  value: a\n", "reduce: {language: builtin, operation: mean}\n");
    CHECK(reduced.map.builtin->outputs[0].operation == BuiltinOperation::mean);
    CHECK(map_combines(reduced));
    const Job alone = parse("  key: info.OS\n  value: a\n");
    CHECK_FALSE(alone.reduce);
    CHECK_FALSE(map_combines(alone));
}

TEST_CASE("outputs, conditions and keys of several parts are read", "[job][builtin]") {
    const Job job = parse(R"(  separator: ","
  where:
    - {path: info.appName, in: [Firefox, "5", 5, null, true]}
    - {path: n, ">=": 1, "<": 10.5}
  outputs:
    - key: [{text: up}, info.OS, 'a["b.c"][-1]', file.appVersion, uuid, $.uuid]
      value: simpleMeasurements.uptime
      operation: max
      missing: skip
      where: [{path: x, exists: false}, {path: y, regex: "^a+$"}]
    - {key: all, value: v, operation: top-k, k: 3}
)");
    const BuiltinMap& map = *job.map.builtin;
    CHECK(map.separator == ',');
    REQUIRE(map.where.size() == 3);
    REQUIRE(map.where[0].values.size() == 5);
    CHECK(map.where[0].values[1].kind == Literal::Kind::string);
    CHECK(map.where[0].values[2].kind == Literal::Kind::number);
    CHECK(map.where[0].values[3].kind == Literal::Kind::null);
    CHECK(map.where[0].values[4].kind == Literal::Kind::boolean);
    REQUIRE(map.outputs.size() == 2);
    const std::vector<KeyPart>& key = map.outputs[0].key;
    REQUIRE(key.size() == 6);
    CHECK(key[0].text == "up");
    CHECK(key[2].path->steps.at(1).member == "b.c");
    CHECK(key[2].path->steps.at(2).index == -1);
    CHECK(key[3].path->root == ValuePath::Root::dimension);
    CHECK(key[4].path->root == ValuePath::Root::uuid);
    CHECK(key[5].path->root == ValuePath::Root::record);
    CHECK(map.outputs[0].skip_missing);
    CHECK(map.outputs[0].where.size() == 2);
    CHECK(map.outputs[1].most == 3);
}

TEST_CASE("what a builtin map cannot be is refused with its line", "[job][builtin]") {
    CHECK(refusal("  operation: count\n") == "2: map: key is missing");
    CHECK(refusal("  key: info.OS\n  operation: sum\n") == "3: map: value is missing");
    CHECK(refusal("  key: a\n  value: b\n  operation: count\n") == "3: map: count takes no value");
    CHECK(refusal("  key: a\n  operation: count\n  script: x.py\n") == "5: map.script: this key is not known");
    CHECK(refusal("  key: a..b\n  operation: count\n") == "3: key: \"a..b\" is no path: a name is empty");
    CHECK(refusal("  key: a[x]\n  operation: count\n") ==
          "3: key: \"a[x]\" is no path: between [ and ] is no whole number");
    CHECK(refusal("  key: file.version\n  operation: count\n")
              .starts_with("3: key: \"file.version\" is no path: a file has the dimensions"));
    CHECK(refusal("  key: a\n  operation: count\n  where: [{path: b}]\n") == "5: map.where: nothing is said of b");
    CHECK(refusal("  key: a\n  operation: count\n  where: [{path: b, \"=\": 1}]\n")
              .starts_with("5: map.where.=: this key is not known"));
    CHECK(refusal("  key: a\n  operation: count\n  where: [{path: b, \"<\": true}]\n") ==
          "5: numbers and text have an order, true, false and null have none");
    CHECK(refusal("  key: a\n  operation: count\n  where:\n    - {path: b, regex: \"(\"}\n")
              .starts_with("6: regex: \"(\": "));
    CHECK(refusal("  key: a\n  operation: count\n  k: 3\n") == "5: map.k: is for operation: top-k");
    CHECK(refusal("  key: a\n  operation: count\n  separator: ab\n").starts_with("5: map.separator: must be one"));
    CHECK(refusal("  outputs:\n    - {key: a, operation: count}\n    - {key: b, value: c}\n") ==
          "5: map: one output has an operation, another has none");
    CHECK(refusal("  key: a\n  operation: count\n", "reduce: {language: builtin, operation: sum}\n") ==
          "3: map: the operation is count, that of reduce is sum");
    CHECK(refusal("  key: a\n  operation: count\n", "combine: {language: builtin, operation: sum}\n") ==
          "5: combine: a builtin map with operations combines what it finds by itself");
    CHECK(refusal("  key: a\n  operation: count\n", "records: {format: lines}\n") ==
          "1: map: language: builtin needs records, and of the format uuid-json, json-lines or tsv");
}
