#include "stages/result_file.hpp"

#include "engine/error.hpp"
#include "stages/dead_letters.hpp"
#include "stages/digest.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

using namespace af;
namespace fs = std::filesystem;

TEST_CASE("a result says its bytes, lines and SHA-256", "[result]") {
    const ScratchFolder folder("/tmp");
    ResultFile file(folder.path() / "r.txt", folder.path());
    file.append("abc");
    file.append("\n");
    const ResultFacts facts = file.prepare();
    file.commit();
    CHECK(facts.bytes == 4);
    CHECK(facts.lines == 1);
    CHECK(facts.sha256 == "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb");
}

TEST_CASE("the name of a result decides on its compression", "[result]") {
    const auto [suffix, tool] = GENERATE(std::pair{".gz", "gzip -dc "}, std::pair{".zst", "zstd -qdc "});
    const ScratchFolder folder("/tmp");
    const fs::path path = folder.path() / (std::string("r.txt") + suffix);
    ResultFile file(path, folder.path());
    for (int i = 0; i < 100'000; ++i) file.append("the same line again\n");
    const ResultFacts facts = file.prepare();
    file.commit();
    CHECK(facts.bytes < 100'000);
    CHECK(facts.lines == 100'000);
    CHECK(facts.bytes == fs::file_size(path));
    const fs::path plain = folder.path() / "plain";
    REQUIRE(std::system((tool + path.string() + " > " + plain.string()).c_str()) == 0);
    CHECK(fs::file_size(plain) == 2'000'000);
}

TEST_CASE("SHA-256 of nothing and of abc are the published ones", "[result]") {
    Sha256 nothing;
    CHECK(nothing.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    Sha256 abc;
    abc.add("a");
    abc.add("bc");
    CHECK(abc.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("bad records are published with object, line and reason, and only when there are any", "[result]") {
    const ScratchFolder folder("/tmp");
    const fs::path path = folder.path() / "bad.jsonl";
    CHECK_FALSE(DeadLetters(path, "/tmp").commit());
    CHECK_FALSE(fs::exists(path));
    DeadLetters letters(path, "/tmp");
    ObjectRef object;
    object.name = "s3://b/k";
    letters.add(object, {7, "json", "broken", "{\xff"});
    CHECK(letters.commit() == path);
    CHECK(
        read_text(path, 1000) ==
        "{\"object\":\"s3://b/k\",\"line\":7,\"kind\":\"json\",\"reason\":\"broken\",\"record\":\"{\xef\xbf\xbd\"}\n");
}

TEST_CASE("bad records are published by the order of objects, whatever order they became whole in", "[result]") {
    const ScratchFolder folder("/tmp");
    const auto published = [&](std::vector<std::uint32_t> ordinals) {
        DeadLetters letters(folder.path() / "bad.jsonl", "/tmp");
        for (const std::uint32_t ordinal : ordinals) {
            ObjectRef object;
            object.name = "o" + std::to_string(ordinal);
            object.ordinal = ordinal;
            for (const std::uint64_t line : {1, 5})
                letters.add(object, {line, "json", "broken", std::string(ordinal * 1'000'000, 'x')});
        }
        letters.commit();
        CHECK(letters.commit() == folder.path() / "bad.jsonl");  // once is enough
        return read_text(folder.path() / "bad.jsonl", 100 << 20);
    };
    const std::string text = published({0, 1, 2, 3});
    CHECK(std::count(text.begin(), text.end(), '\n') == 8);
    CHECK(text.find("o0") < text.find("o1"));
    CHECK(published({3, 0, 2, 1}) == text);
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}
