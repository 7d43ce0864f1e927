#include "stages/parts/merged_parts.hpp"
#include "stages/parts/ordered_lines.hpp"

#include "stages/coverage.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace af;

namespace {

ObjectAccount whole(const std::string& name, std::uint64_t bytes_mapped) {
    ObjectRef object;
    object.name = name;
    object.size = 100;
    ObjectAccount account;
    account.object = std::make_shared<const ObjectRef>(std::move(object));
    account.whole = true;
    account.bytes_stored = 100;
    account.bytes_inflated = 300;
    account.lines = 10;
    account.records = 9;
    account.bad = 2;
    account.bytes_mapped = bytes_mapped;
    return account;
}

ManifestFacts facts_of(std::vector<ObjectAccount> accounts) {
    ManifestFacts facts;
    facts.job_digest = "digest";
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        ObjectAccount& account = accounts[i];
        ObjectRef object = *account.object;
        object.ordinal = static_cast<std::uint32_t>(i);
        account.object = std::make_shared<const ObjectRef>(std::move(object));
        facts.totals.lines += account.lines;
        facts.totals.records += account.records;
        facts.totals.bad += account.bad;
        ++facts.totals.objects_asked;
        if (account.bad > 0 && !facts.totals.first_bad)
            facts.totals.first_bad = FirstBad{account.object->name, 4, "json", "no JSON"};
        ++(account.whole ? facts.totals.objects_read : facts.totals.objects_lost);
    }
    facts.totals.bad_by_kind["json"] = facts.totals.bad;
    facts.counters["group\tname"] = -3;
    facts.counters["alone"] = 4;
    facts.objects = std::move(accounts);
    facts.outputs.push_back({"part-00000.txt.zst", 50, 5, std::string(64, 'a'), 5});
    facts.outputs.push_back({"part-00001.txt.zst", 60, 6, std::string(64, 'b'), 6});
    return facts;
}

std::string refusal(const std::function<void(nlohmann::json&)>& edit) {
    nlohmann::json json = nlohmann::json::parse(manifest_text(facts_of({whole("a", 1)})));
    edit(json);
    try {
        parse_part_manifest(json.dump());
        return "";
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::corrupt);
        return error.what();
    }
}

}  // namespace

TEST_CASE("a manifest reads back as the task that wrote it counted", "[parts]") {
    ObjectAccount lost = whole("b", 0);
    lost.whole = false;
    lost.lines = lost.records = lost.bad = 0;
    lost.lost = Error(ErrorKind::not_found, "it is gone");
    ObjectAccount again = whole("a", 7);
    again.read_again_because = "CHECKSUM";
    const PartManifest read = parse_part_manifest(manifest_text(facts_of({again, lost})));
    CHECK(read.job_digest == "digest");
    CHECK(read.totals.objects_asked == 2);
    CHECK(read.totals.objects_lost == 1);
    CHECK(read.totals.bytes_asked == 200);
    CHECK(read.totals.lines == 10);
    CHECK(read.totals.bytes_mapped == 7);
    CHECK(read.totals.bad_by_kind.at("json") == 2);
    CHECK(text_of(read.totals.first_bad.value()) == "a line 4: no JSON");
    CHECK(read.totals.counters == std::map<std::string, std::int64_t>{{"group\tname", -3}, {"alone", 4}});
    REQUIRE(read.accounts.size() == 2);
    CHECK(read.accounts[0].bytes_mapped == 7);
    CHECK(read.accounts[0].read_again_because == "CHECKSUM");
    CHECK(read.accounts[1].lost->kind() == ErrorKind::not_found);
    CHECK(read.accounts[1].object->ordinal == 1);
    REQUIRE(read.outputs.size() == 2);
    CHECK(read.outputs[1].sha256 == std::string(64, 'b'));
    CHECK(read.pairs == 11);
}

TEST_CASE("a manifest that does not add up, or is none, is refused", "[parts]") {
    CHECK(refusal([](auto&) {}).empty());
    CHECK(refusal([](auto& json) { json["input"].erase("first_bad"); }).find("bad records") != std::string::npos);
    CHECK(refusal([](auto& json) { json["input"]["first_bad"] = "a line 4"; }).find("first_bad") != std::string::npos);
    CHECK(refusal([](auto& json) { json["status"] = "failed"; }) == "the manifest: its status is \"failed\"");
    CHECK(refusal([](auto& json) { json["input"]["lines"] = 11; }) == "the manifest: it says lines 11, its objects 10");
    CHECK(refusal([](auto& json) { json["objects"].clear(); }) ==
          "the manifest: it says objects_asked 1, its objects 0");
    CHECK(refusal([](auto& json) { json["output"][0]["name"] = "../x"; }).find("are not the parts") !=
          std::string::npos);
    CHECK(refusal([](auto& json) { json["output"][0]["bytes"] = -1; }).find("bytes") != std::string::npos);
    CHECK(refusal([](auto& json) { json["counters"]["group"]["name"] = 0.5; }).find("counter") != std::string::npos);
    CHECK(refusal([](auto& json) { json["objects"][0]["status"] = "maybe"; }).find("maybe") != std::string::npos);
    CHECK_THROWS_AS(parse_part_manifest(std::string(100'000, '[')), Error);
    CHECK_THROWS_AS(parse_part_manifest("{}"), Error);
    CHECK_THROWS_AS(parse_part_manifest(""), Error);
}

TEST_CASE("a manifest that another version of the program wrote is refused as such", "[parts]") {
    nlohmann::json json = nlohmann::json::parse(manifest_text(facts_of({whole("a", 1)})));
    json["version"] = 1;
    try {
        parse_part_manifest(json.dump());
        FAIL("must be refused");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        CHECK(std::string(error.what()) == "the manifest: it is of version 1, this program reads 2");
    }
}

TEST_CASE("the objects of several tasks are in the order of their names", "[parts]") {
    const MergedParts merged =
        merge_manifests({parse_part_manifest(manifest_text(facts_of({whole("a", 2), whole("d", 3)}))),
                         parse_part_manifest(manifest_text(facts_of({whole("b", 0), whole("c", 4)})))});
    CHECK(merged.totals.objects_read == 4);
    CHECK(merged.totals.lines == 40);
    CHECK(merged.totals.counters.at("alone") == 8);
    CHECK(merged.pairs == 22);
    CHECK(merged.ordinals == std::vector<std::vector<std::uint32_t>>{{0, 3}, {1, 2}});
    CHECK(merged.accounts[3].object->name == "d");
    CHECK(merged.accounts[3].object->ordinal == 3);
}

TEST_CASE("the first bad record of several tasks is that of the first object by name", "[parts]") {
    const auto part = [](const std::string& clean, const std::string& bad) {
        ManifestFacts facts = facts_of({whole(clean, 0), whole(bad, 0)});
        facts.objects[0].bad = 0;
        facts.totals.bad = facts.totals.bad_by_kind["json"] = 2;
        facts.totals.first_bad = FirstBad{bad, 3, "json", "broken"};
        return parse_part_manifest(manifest_text(facts));
    };
    const PartManifest a = part("a", "d");
    const PartManifest b = part("b", "c");
    CHECK(text_of(merge_manifests({a, b}).totals.first_bad.value()) == "c line 3: broken");
    CHECK(text_of(merge_manifests({b, a}).totals.first_bad.value()) == "c line 3: broken");
    CHECK(a.totals.first_bad->kind == "json");
}

TEST_CASE("an object that two tasks have read, or a task twice, is refused", "[parts]") {
    const PartManifest a = parse_part_manifest(manifest_text(facts_of({whole("a", 2)})));
    const PartManifest twice = parse_part_manifest(manifest_text(facts_of({whole("a", 2), whole("a", 2)})));
    const PartManifest unsorted = parse_part_manifest(manifest_text(facts_of({whole("b", 2), whole("a", 2)})));
    CHECK_THROWS_AS(merge_manifests({a, a}), Error);
    CHECK_THROWS_AS(merge_manifests({twice}), Error);
    CHECK_THROWS_AS(merge_manifests({unsorted}), Error);
}

TEST_CASE("lines of a map-only job lie in the order of the objects, whatever the order of the parts", "[parts]") {
    TemporaryFolder folder;
    const MergedParts merged =
        merge_manifests({parse_part_manifest(manifest_text(facts_of({whole("a", 2), whole("d", 3)}))),
                         parse_part_manifest(manifest_text(facts_of({whole("b", 0), whole("c", 4)})))});
    OrderedLines lines(folder.path(), merged);
    const auto second = lines.open(1);
    second->add("ccc");
    const auto first = lines.open(0);
    first->add("a\ndd\n");
    second->add("\n");
    first->finish();
    second->finish();
    std::string text;
    lines.for_each([&text](std::string_view chunk) { text += chunk; });
    CHECK(text == "a\nccc\ndd\n");
    const auto shorter = lines.open(0);
    shorter->add("a\n");
    CHECK_THROWS_AS(shorter->finish(), Error);
    CHECK_THROWS_AS(lines.open(1)->add("12345"), Error);
}
