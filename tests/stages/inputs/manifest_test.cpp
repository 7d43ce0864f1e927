#include "stages/manifest.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

std::vector<ManifestEntry> parsed(std::string_view text, ManifestForm form) {
    return parse_manifest(text, form, "m", 100);
}

std::string refusal(std::string_view text, ManifestForm form) {
    try {
        parse_manifest(text, form, "m", 2);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        return error.what();
    }
    return "accepted";
}

const std::vector<ManifestEntry> kTwo = {{"a/b.lzma", 12}, {"c", UINT64_MAX}};

}  // namespace

TEST_CASE("a manifest lists names with sizes in any of its forms", "[inputs]") {
    CHECK(parsed(R"([{"file_name": "a/b.lzma", "size": 12}, {"file_name": "c"}])", ManifestForm::json) == kTwo);
    CHECK(parsed(R"({"about": [{"x": [1]}], "files": [{"size": 12, "file_name": "a/b.lzma", "bucket": "x"},)"
                 R"( {"file_name": "c"}], "n": 2})",
                 ManifestForm::json) == kTwo);
    CHECK(parsed("{\"file_name\": \"a/b.lzma\", \"size\": 12}\r\n\n{\"file_name\": \"c\"}", ManifestForm::jsonl) ==
          kTwo);
    CHECK(parsed("a/b.lzma\t12\nc\n", ManifestForm::tsv) == kTwo);
    CHECK(parsed("[]", ManifestForm::json).empty());
    CHECK(parsed("", ManifestForm::tsv).empty());
}

TEST_CASE("a manifest that breaks its form is refused with the entry", "[inputs]") {
    CHECK(refusal(R"([{"file_name": "a"}, {"size": 1}])", ManifestForm::json) == "m: entry 2: file_name is missing");
    CHECK(refusal(R"([{"file_name": "a", "size": -1}])", ManifestForm::json) ==
          "m: entry 1: size is a number below 0, it must be a whole number from 0");
    CHECK(refusal(R"([{"file_name": "a", "size": 1.5}])", ManifestForm::json) ==
          "m: entry 1: size is not a whole number, it must be a whole number from 0");
    CHECK(refusal(R"([{"file_name": "a", "size": 9223372036854775808}])", ManifestForm::json)
              .starts_with("m: entry 1: size is a number above"));
    CHECK(refusal(R"([{"file_name": "a", "size": "1"}])", ManifestForm::json) ==
          "m: entry 1: size is text, it must be a whole number from 0");
    CHECK(refusal(R"([{"file_name": 3}])", ManifestForm::json) == "m: entry 1: file_name is a number, it must be text");
    CHECK(refusal(R"([{"file_name": {"a": 1}}])", ManifestForm::json) ==
          "m: entry 1: file_name is an object, it must be text");
    CHECK(refusal(R"([{"file_name": "a", "file_name": "b"}])", ManifestForm::json) ==
          "m: entry 1: file_name appears twice");
    CHECK(refusal(R"(["a"])", ManifestForm::json) == "m: entry 0: an entry must be an object");
    CHECK(refusal(R"({"file": []})", ManifestForm::json).starts_with("m: must be a list"));
    CHECK(
        refusal(R"([{"file_name": "a"})", ManifestForm::json).starts_with("m: not valid JSON: parse error at line 1"));
    CHECK(refusal(R"([{"file_name": ""}])", ManifestForm::json) == "m: entry 1: the name is empty");
    CHECK(refusal(R"([{"file_name": "a\nb"}])", ManifestForm::json) ==
          "m: entry 1: the name \"a\\x0ab\" holds a control character");
    CHECK(refusal(std::string(100, '[') + std::string(100, ']'), ManifestForm::json) != "accepted");
    CHECK(refusal("{\"file_name\": \"a\"}\n[1]\n", ManifestForm::jsonl) == "m:2: must be an object");
    CHECK(refusal("a\t-1\n", ManifestForm::tsv) == "m:1: the size is \"-1\", it must be a whole number");
    CHECK(refusal("a\nb\nc\n", ManifestForm::tsv) == "m:3: more than 2 files");
    CHECK(refusal(R"([{"file_name":"a"},{"file_name":"b"},{"file_name":"c"}])", ManifestForm::json) ==
          "m: more than 2 files");
}

TEST_CASE("a data file is not taken for a manifest", "[inputs]") {
    CHECK(manifest_form("x.json", R"( [{"size": 1, "file_name": "a"}])") == ManifestForm::json);
    CHECK(manifest_form("x.json", R"({"files": [{"file_name": "a"}]})") == ManifestForm::json);
    CHECK(manifest_form("x.jsonl", "{\"file_name\": \"a\"}\n") == ManifestForm::jsonl);
    CHECK(manifest_form("x.tsv", "a\t1\nb\t2\n") == ManifestForm::tsv);
    CHECK_FALSE(manifest_form("x.json", R"([{"info": 1}])"));
    CHECK_FALSE(manifest_form("x.jsonl", "{\"info\": 1}\n{\"file_name\": \"a\"}\n"));
    CHECK_FALSE(manifest_form("x.tsv", "a\tb\n"));
    CHECK_FALSE(manifest_form("x.lzma", R"([{"file_name": "a"}])"));
}
