#include "bench/generate.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdlib.h>

using namespace af::bench;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "af-bench-test-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { fs::remove_all(path_); }
    fs::path operator/(std::string_view name) const { return path_ / name; }

private:
    fs::path path_;
};

GenerateOptions small_set(const fs::path& directory, unsigned threads = 2) {
    GenerateOptions options;
    options.directory = directory;
    options.layout.bytes = 1'000'000;
    options.layout.bad_lines = 9;
    options.threads = threads;
    return options;
}

std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::map<std::string, std::string> all_files(const fs::path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) files[fs::relative(entry.path(), directory).string()] = content(entry.path());
    }
    return files;
}

// Counts again from the bytes on disk, knowing nothing of how they were made.
struct Recount {
    std::uint64_t records = 0;
    std::map<std::string, std::uint64_t> os;
    std::vector<std::uint64_t> bad_lines;
};
Recount recount(const fs::path& plain_object) {
    Recount counted;
    std::ifstream file(plain_object, std::ios::binary);
    std::uint64_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        const auto tab = line.find('\t');
        const Json ping = tab == std::string::npos ? Json() : Json::parse(line.substr(tab + 1), nullptr, false);
        if (!ping.is_object()) {
            counted.bad_lines.push_back(number);
            continue;
        }
        ++counted.records;
        ++counted.os[ping["info"]["OS"].get<std::string>()];
    }
    return counted;
}

}  // namespace

TEST_CASE("the same options make the same bytes with one thread and with four", "[bench]") {
    const TemporaryFolder folder;
    for (const Codec codec : {Codec::lzma, Codec::zst}) {
        GenerateOptions one = small_set(folder / codec_name(codec), 1);
        GenerateOptions four = small_set(folder / (std::string(codec_name(codec)) + "-4"), 4);
        one.layout.codecs = four.layout.codecs = {codec};
        generate(one);
        generate(four);
        CHECK(all_files(one.directory) == all_files(four.directory));
    }
}

TEST_CASE("another seed makes other data", "[bench]") {
    const TemporaryFolder folder;
    GenerateOptions other = small_set(folder / "b");
    other.layout.seed = 2;
    generate(small_set(folder / "a"));
    generate(other);
    CHECK(all_files(folder / "a") != all_files(folder / "b"));
}

TEST_CASE("the truth of each object is what an independent count finds in it", "[bench]") {
    const TemporaryFolder folder;
    GenerateOptions options = small_set(folder / "set");
    options.layout.codecs = {Codec::none};
    generate(options);

    const Json truth = Json::parse(content(options.directory / "truth.json"));
    std::map<std::string, std::uint64_t> os;
    std::size_t bad = 0;
    for (const Json& object : truth["objects"]) {
        const fs::path path = options.directory / "data" / object["key"].get<std::string>();
        const Recount counted = recount(path);
        CHECK(object["records"] == counted.records);
        CHECK(object["os"] == Json(counted.os));
        CHECK(object["bytes_inflated"] == fs::file_size(path));
        CHECK(object["bytes_stored"] == fs::file_size(path));
        std::vector<std::uint64_t> told;
        for (const Json& line : object["bad"]) told.push_back(line["line"]);
        CHECK(told == counted.bad_lines);
        bad += told.size();
        for (const auto& [name, count] : counted.os) os[name] += count;
    }
    CHECK(bad == 9);
    CHECK(truth["bad_lines"] == 9);
    CHECK(truth["object_count"] == truth["objects"].size());
    CHECK(truth["os"] == Json(os));
    std::string printed;
    for (const auto& [name, count] : os) printed += name + " " + std::to_string(count) + "\n";
    CHECK(content(options.directory / "truth" / "os-count.txt") == printed);
}

TEST_CASE("the combinations of dimensions add up to the whole", "[bench]") {
    const TemporaryFolder folder;
    const Truth truth = generate(small_set(folder / "set"));
    const Json json = Json::parse(truth_json(truth));
    std::uint64_t records = 0;
    for (const Json& part : json["combinations"]) records += part["records"].get<std::uint64_t>();
    CHECK(records == totals(truth).records);
}

TEST_CASE("one object is passed by its last record alone", "[bench]") {
    const TemporaryFolder folder;
    GenerateOptions options = small_set(folder / "set");
    options.layout.objects = 1;
    const Truth truth = generate(options);
    REQUIRE(truth.objects.size() == 1);
    CHECK(truth.objects[0].bytes_inflated >= 1'000'000);
    CHECK(truth.objects[0].bytes_inflated < 1'100'000);
}

TEST_CASE("a folder that has data already is refused and left alone", "[bench]") {
    const TemporaryFolder folder;
    generate(small_set(folder / "set"));
    const auto before = all_files(folder / "set");
    CHECK_THROWS_AS(generate(small_set(folder / "set")), af::Error);
    CHECK(all_files(folder / "set") == before);
}
